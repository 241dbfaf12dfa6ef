// cuBLAS as far as it is used: X(name, symbol, (parameters), (arguments)). Matrices are column-major.
#ifndef GPU_BLAS_H
#define GPU_BLAS_H

#include "driver.h"

// Numbers of enumerations: X(ours, value, cuBLAS's own name).
#define GPU_BLAS_NUMBERS(X)                                                                        \
	X(GPU_OP_N, 0, CUBLAS_OP_N)                                                                    \
	X(GPU_OP_T, 1, CUBLAS_OP_T)                                                                    \
	X(GPU_R_32F, 0, CUDA_R_32F)                                                                    \
	X(GPU_R_64F, 1, CUDA_R_64F)                                                                    \
	X(GPU_COMPUTE_32F, 68, CUBLAS_COMPUTE_32F)                                                     \
	X(GPU_COMPUTE_64F, 70, CUBLAS_COMPUTE_64F)                                                     \
	X(GPU_COMPUTE_BF16, 75, CUBLAS_COMPUTE_32F_FAST_16BF)                                          \
	X(GPU_COMPUTE_TF32, 77, CUBLAS_COMPUTE_32F_FAST_TF32)                                          \
	X(GPU_GEMM_DEFAULT, -1, CUBLAS_GEMM_DEFAULT)                                                   \
	X(GPU_MAJOR_VERSION, 0, MAJOR_VERSION)                                                         \
	X(GPU_PATCH_LEVEL, 2, PATCH_LEVEL)
enum { GPU_BLAS_NUMBERS(GPU_NUMBER) };

#define GPU_BLAS_CALLS(X)                                                                          \
	X(cublasCreate, cublasCreate_v2, (gpu_handle *h), (h))                                         \
	X(cublasDestroy, cublasDestroy_v2, (gpu_handle h), (h))                                        \
	X(cublasGetProperty, cublasGetProperty, (int which, int *v), (which, v))                       \
	X(cublasSetStream, cublasSetStream_v2, (gpu_handle h, gpu_handle s), (h, s))                   \
	X(cublasSetWorkspace, cublasSetWorkspace_v2, (gpu_handle h, gpu_ptr p, size_t n), (h, p, n))   \
	X(cublasGemmEx, cublasGemmEx,                                                                  \
		(gpu_handle h, int ta, int tb, int m, int n, int k, const void *alpha, gpu_ptr a, int at,  \
			int lda, gpu_ptr b, int bt, int ldb, const void *beta, gpu_ptr c, int ct, int ldc,     \
			int compute, int algo),                                                                \
		(h, ta, tb, m, n, k, alpha, a, at, lda, b, bt, ldb, beta, c, ct, ldc, compute, algo))      \
	X(cublasGemmStridedBatchedEx, cublasGemmStridedBatchedEx,                                      \
		(gpu_handle h, int ta, int tb, int m, int n, int k, const void *alpha, gpu_ptr a, int at,  \
			int lda, long long sa, gpu_ptr b, int bt, int ldb, long long sb, const void *beta,     \
			gpu_ptr c, int ct, int ldc, long long sc, int count, int compute, int algo),           \
		(h, ta, tb, m, n, k, alpha, a, at, lda, sa, b, bt, ldb, sb, beta, c, ct, ldc, sc, count,   \
			compute, algo))

#define GPU_BLAS_DECLARE(name, symbol, params, args) int gpu_##name(gpu_handle c_, GPU_LIST params);
GPU_BLAS_CALLS(GPU_BLAS_DECLARE)

// gpu_gemm_args is a product C = alpha op(A) op(B) + beta C of count matrices.
typedef struct {
	int ta, tb, m, n, k;
	double alpha, beta; // passed on as float where compute is in float32
	gpu_ptr a, b, c;
	int lda, ldb, ldc, type, compute;
	long long sa, sb, sc; // elements from one matrix to the next
	int count;            // 1: no strides
} gpu_gemm_args;

int gpu_gemm(gpu_handle c, gpu_handle blas, const gpu_gemm_args *g);

// gpu_blas takes the calls out of a library; what it lacks is in message, and 0 the answer.
int gpu_blas(void *library, char *message, size_t room);

#endif
