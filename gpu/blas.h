// cuBLAS as far as it is used: X(name, symbol, (parameters), (arguments)). Matrices are column-major.
#ifndef N2S_BLAS_H
#define N2S_BLAS_H

#include "driver.h"

#define N2S_BLAS_CALLS(X)                                                                          \
	X(cublasCreate, "cublasCreate_v2", (n2s_handle *h), (h))                                       \
	X(cublasDestroy, "cublasDestroy_v2", (n2s_handle h), (h))                                      \
	X(cublasGetProperty, "cublasGetProperty", (int which, int *v), (which, v))                     \
	X(cublasSetStream, "cublasSetStream_v2", (n2s_handle h, n2s_handle s), (h, s))                 \
	X(cublasSetWorkspace, "cublasSetWorkspace_v2", (n2s_handle h, n2s_ptr p, size_t n), (h, p, n)) \
	X(cublasGemmEx, "cublasGemmEx",                                                                \
		(n2s_handle h, int ta, int tb, int m, int n, int k, const void *alpha, n2s_ptr a, int at,  \
			int lda, n2s_ptr b, int bt, int ldb, const void *beta, n2s_ptr c, int ct, int ldc,     \
			int compute, int algo),                                                                \
		(h, ta, tb, m, n, k, alpha, a, at, lda, b, bt, ldb, beta, c, ct, ldc, compute, algo))      \
	X(cublasGemmStridedBatchedEx, "cublasGemmStridedBatchedEx",                                    \
		(n2s_handle h, int ta, int tb, int m, int n, int k, const void *alpha, n2s_ptr a, int at,  \
			int lda, long long sa, n2s_ptr b, int bt, int ldb, long long sb, const void *beta,     \
			n2s_ptr c, int ct, int ldc, long long sc, int count, int compute, int algo),           \
		(h, ta, tb, m, n, k, alpha, a, at, lda, sa, b, bt, ldb, sb, beta, c, ct, ldc, sc, count,   \
			compute, algo))

#define N2S_BLAS_DECLARE(name, symbol, params, args) int n2s_##name(n2s_handle c_, N2S_LIST params);
N2S_BLAS_CALLS(N2S_BLAS_DECLARE)

// n2s_gemm_args is a product C = alpha op(A) op(B) + beta C of count matrices.
typedef struct {
	int ta, tb, m, n, k;
	double alpha, beta; // passed on as float where compute is in float32
	n2s_ptr a, b, c;
	int lda, ldb, ldc, type, compute;
	long long sa, sb, sc; // elements from one matrix to the next
	int count;            // 1: no strides
} n2s_gemm_args;

int n2s_gemm(n2s_handle c, n2s_handle blas, const n2s_gemm_args *g);

// n2s_blas takes the calls out of a library; what it lacks is in message, and 0 the answer.
int n2s_blas(void *library, char *message, size_t room);

#endif
