// cuBLASLt as far as it is used: X(name, symbol, (parameters), (arguments)). Matrices are column-major.
#ifndef GPU_BLASLT_H
#define GPU_BLASLT_H

#include "blas.h"

// gpu_lt_algo is cublasLtMatmulAlgo_t: how a product is to be computed.
typedef struct {
	uint64_t data[8];
} gpu_lt_algo;

// gpu_lt_choice is cublasLtMatmulHeuristicResult_t: what the library advises.
typedef struct {
	gpu_lt_algo algo;
	size_t workspace; // bytes
	int state;        // 0: the rest is valid
	float waves;
	int reserved[4];
} gpu_lt_choice;

// Numbers of enumerations: X(ours, value, cuBLASLt's own name). Attributes are followed by their types.
#define GPU_LT_NUMBERS(X)                                                                          \
	X(GPU_LT_TRANS_A, 3, CUBLASLT_MATMUL_DESC_TRANSA)                   /* int32_t */              \
	X(GPU_LT_TRANS_B, 4, CUBLASLT_MATMUL_DESC_TRANSB)                   /* int32_t */              \
	X(GPU_LT_EPILOGUE, 7, CUBLASLT_MATMUL_DESC_EPILOGUE)                /* uint32_t */             \
	X(GPU_LT_BIAS, 8, CUBLASLT_MATMUL_DESC_BIAS_POINTER)                /* an address */           \
	X(GPU_LT_AUX, 11, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER)        /* an address */           \
	X(GPU_LT_AUX_LD, 12, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD)          /* int64_t */              \
	X(GPU_LT_MAX_WORKSPACE, 1, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES) /* uint64_t */            \
	X(GPU_LT_ALIGNMENT_A, 5, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES) /* uint32_t */            \
	X(GPU_LT_ALIGNMENT_B, 6, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES) /* uint32_t */            \
	X(GPU_LT_ALIGNMENT_C, 7, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES) /* uint32_t */            \
	X(GPU_LT_ALIGNMENT_D, 8, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES) /* uint32_t */            \
	X(GPU_LT_DEFAULT, 1, CUBLASLT_EPILOGUE_DEFAULT)                                                \
	X(GPU_LT_RELU, 2, CUBLASLT_EPILOGUE_RELU)                                                      \
	X(GPU_LT_ADD_BIAS, 4, CUBLASLT_EPILOGUE_BIAS)                                                  \
	X(GPU_LT_RELU_BIAS, 6, CUBLASLT_EPILOGUE_RELU_BIAS)                                            \
	X(GPU_LT_RELU_AUX, 130, CUBLASLT_EPILOGUE_RELU_AUX)                                            \
	X(GPU_LT_RELU_AUX_BIAS, 134, CUBLASLT_EPILOGUE_RELU_AUX_BIAS)                                  \
	X(GPU_LT_DRELU, 136, CUBLASLT_EPILOGUE_DRELU)                                                  \
	X(GPU_LT_DRELU_BGRAD, 152, CUBLASLT_EPILOGUE_DRELU_BGRAD)                                      \
	X(GPU_LT_BGRADB, 512, CUBLASLT_EPILOGUE_BGRADB)                                                \
	X(GPU_LT_NOT_SUPPORTED, 15, CUBLAS_STATUS_NOT_SUPPORTED)
enum { GPU_LT_NUMBERS(GPU_NUMBER) };

#define GPU_LT_CALLS(X)                                                                            \
	X(cublasLtCreate, cublasLtCreate, (gpu_handle *h), (h))                                      \
	X(cublasLtDestroy, cublasLtDestroy, (gpu_handle h), (h))                                     \
	X(cublasLtMatmulDescCreate, cublasLtMatmulDescCreate,                                        \
		(gpu_handle *d, int compute, int scale), (d, compute, scale))                              \
	X(cublasLtMatmulDescDestroy, cublasLtMatmulDescDestroy, (gpu_handle d), (d))                 \
	X(cublasLtMatmulDescSetAttribute, cublasLtMatmulDescSetAttribute,                            \
		(gpu_handle d, int which, const void *v, size_t n), (d, which, v, n))                      \
	X(cublasLtMatrixLayoutCreate, cublasLtMatrixLayoutCreate,                                    \
		(gpu_handle *l, int type, uint64_t rows, uint64_t cols, int64_t ld),                       \
		(l, type, rows, cols, ld))                                                                 \
	X(cublasLtMatrixLayoutDestroy, cublasLtMatrixLayoutDestroy, (gpu_handle l), (l))             \
	X(cublasLtMatmulPreferenceCreate, cublasLtMatmulPreferenceCreate, (gpu_handle *p), (p))      \
	X(cublasLtMatmulPreferenceDestroy, cublasLtMatmulPreferenceDestroy, (gpu_handle p), (p))     \
	X(cublasLtMatmulPreferenceSetAttribute, cublasLtMatmulPreferenceSetAttribute,                \
		(gpu_handle p, int which, const void *v, size_t n), (p, which, v, n))                      \
	X(cublasLtMatmulAlgoGetHeuristic, cublasLtMatmulAlgoGetHeuristic,                            \
		(gpu_handle h, gpu_handle op, gpu_handle a, gpu_handle b, gpu_handle c, gpu_handle d,      \
			gpu_handle p, int room, gpu_lt_choice *choices, int *n),                               \
		(h, op, a, b, c, d, p, room, choices, n))                                                  \
	X(cublasLtMatmul, cublasLtMatmul,                                                            \
		(gpu_handle h, gpu_handle op, const void *alpha, gpu_ptr a, gpu_handle al, gpu_ptr b,      \
			gpu_handle bl, const void *beta, gpu_ptr c, gpu_handle cl, gpu_ptr d, gpu_handle dl,   \
			const gpu_lt_algo *algo, gpu_ptr work, size_t n, gpu_handle s),                        \
		(h, op, alpha, a, al, b, bl, beta, c, cl, d, dl, algo, work, n, s))

#define GPU_LT_DECLARE(name, symbol, params, args) int gpu_##name(gpu_handle c_, GPU_LIST params);
GPU_LT_CALLS(GPU_LT_DECLARE)

// gpu_lt_product is D = epilogue(op(A) op(B) + beta C) of float32 matrices, C laid out as D.
typedef struct {
	gpu_handle op, al, bl, dl, stream;
	gpu_lt_algo algo;
	gpu_ptr a, b, c, d, bias, aux, work; // bias, aux: 0 where the epilogue has none
	size_t room;
	float beta;
} gpu_lt_product;

// gpu_lt_matmul queues a product.
int gpu_lt_matmul(gpu_handle c, gpu_handle lt, const gpu_lt_product *p);

// gpu_lt_version is the library's number, such as 120805 for 12.8.5.
size_t gpu_lt_version(void);

// gpu_lt takes the calls out of a library; what it lacks is in message, and 0 the answer.
int gpu_lt(void *library, char *message, size_t room);

#endif
