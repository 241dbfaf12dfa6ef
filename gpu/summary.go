package gpu

// Summary is what CUDA has to offer on this machine.
type Summary struct {
	Driver  string `json:"driver,omitempty"`    // version of the driver: "580.65.06"; "" where NVML is missing
	CUDA    string `json:"cuda,omitempty"`      // newest CUDA that the driver supports: "13.0"
	Path    string `json:"path,omitempty"`      // the driver's library
	Blas    string `json:"blas_path,omitempty"` // cuBLAS's library; "" where it is missing
	Lt      string `json:"cublaslt,omitempty"`  // cuBLASLt's version: "12.8.5"; "" where it is missing
	LtPath  string `json:"cublaslt_path,omitempty"`
	DNN     string `json:"cudnn,omitempty"` // cuDNN's version: "9.1.0"; "" where it is missing
	DNNPath string `json:"cudnn_path,omitempty"`
	Devices []Seen `json:"devices"`
	Missing string `json:"missing,omitempty"`     // why there is no device, or no cuBLAS
	NoLt    string `json:"no_cublaslt,omitempty"` // why there is no cuBLASLt, which only compute.cublaslt needs
	NoDNN   string `json:"no_cudnn,omitempty"`    // why there is no cuDNN, which only compute.cudnn needs
}

// Seen is one GPU of a Summary.
type Seen struct {
	Index      int    `json:"index"`
	Name       string `json:"name"`
	UUID       string `json:"uuid"`
	Capability string `json:"compute_capability"` // "9.0"
	Memory     int64  `json:"memory_bytes"`
	Free       int64  `json:"memory_free_bytes"` // -1: not known
	Busy       int    `json:"busy_percent"`      // -1: not known
}
