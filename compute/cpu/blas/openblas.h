// OpenBLAS by dlopen: the few functions used, and one call to load them. No header of OpenBLAS is
// needed to build.
#ifndef N2S_OPENBLAS_H
#define N2S_OPENBLAS_H

#include <stddef.h>

typedef void (*n2s_sgemm_fn)(int order, int ta, int tb, int m, int n, int k, float alpha,
	const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void (*n2s_dgemm_fn)(int order, int ta, int tb, int m, int n, int k, double alpha,
	const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc);

typedef struct {
	n2s_sgemm_fn sgemm;
	n2s_dgemm_fn dgemm;
	const char *config; // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
	const char *core;   // "SkylakeX"
	int parallel;       // 0 serial, 1 pthreads, 2 OpenMP
	char path[512];     // file that was loaded
} n2s_blas;

// n2s_open_blas loads a library for one thread a call. core names its kernels unless empty or unless
// the user set OPENBLAS_CORETYPE. Returns 1, or 0 with a message.
int n2s_open_blas(n2s_blas *lib, const char *name, const char *core, char *message, size_t room);

// n2s_amd_family is the family of an AMD processor by CPUID, 0 for other makers.
int n2s_amd_family(void);

void n2s_sgemm(n2s_sgemm_fn f, int ta, int tb, int m, int n, int k, float alpha, const float *a,
	int lda, const float *b, int ldb, float beta, float *c, int ldc);
void n2s_dgemm(n2s_dgemm_fn f, int ta, int tb, int m, int n, int k, double alpha, const double *a,
	int lda, const double *b, int ldb, double beta, double *c, int ldc);

#endif
