package launch

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/pickle"
	"noise2sparse/internal/safetensors"
	"noise2sparse/internal/torchfile"
)

// key names the computation: everything that decides its result, but for the device.
func (w *embedding) key(weights []array.Named) string {
	h := sha256.New()
	add := func(name string, a array.Array) {
		fmt.Fprintf(h, "%s %v\n", name, a)
		h.Write(a.Bytes)
	}
	fmt.Fprintf(h, "embedding 1 %s %v %v\n", w.o.DType, w.res.Mean, w.res.Std)
	add("images", w.part.X)
	labels, err := json.Marshal(w.part.Labels)
	if err != nil { // cannot happen: whole numbers
		panic(err)
	}
	h.Write(labels)
	for _, t := range weights {
		add(t.Name, t.Array)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// encode is features as rows of the file. What float16 can't hold is an error: latents must be finite.
func (w *embedding) encode(features []float32, first int) ([]byte, error) {
	out := make([]byte, 0, len(features)*w.dtype.Size())
	for i, v := range features {
		const largest = 65504 // of binary16
		if abs := math.Abs(float64(v)); math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) || w.dtype == dtype.Float16 && abs > largest {
			width := w.engine.Width()
			return nil, fmt.Errorf("feature %d of image %d is %v, which a file of %s can't hold: the weights do not fit these images, or --dtype float32 is needed", i%width, first+i/width, v, w.o.DType)
		}
		if w.dtype == dtype.Float16 {
			out = binary.LittleEndian.AppendUint16(out, array.ToFloat16(v))
		} else {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	return out, nil
}

// write writes the dataset: for PyTorch the tuple (images, labels), as the reference saves it, without
// labels the tensor alone; as safetensors the tensors images and labels.
func (w *embedding) write(f io.Writer, format string, rows []byte) error {
	images := array.Array{DType: w.dtype, Shape: []int{w.res.Images, w.res.Features}, Bytes: rows}
	all := []array.Named{{Name: "images", Array: images}}
	value := any(images)
	if w.part.Labels != nil {
		wide := make([]int64, len(w.part.Labels))
		for i, l := range w.part.Labels {
			wide[i] = int64(l)
		}
		labels, err := array.FromInt64s(wide, len(wide))
		if err != nil {
			return err
		}
		all = append(all, array.Named{Name: "labels", Array: labels})
		value = pickle.Tuple{images, labels}
	}
	if format == "pt" {
		return torchfile.Write(f, value)
	}
	return safetensors.Write(f, all, map[string]string{"format": "pt"})
}
