// The product of float32 matrices in C, for AVX2 with FMA and for AVX-512.
#ifndef N2S_GEMM_H
#define N2S_GEMM_H

#include <stdint.h>

// n2s_gemm is c = alpha · op(a) op(b) + beta · c, as Gemm32 in blas.go says.
typedef struct {
	int trans_a, trans_b;
	int64_t m, n, k;
	float alpha, beta;
	int64_t lda, ldb, ldc;
} n2s_gemm;

// Return 0 where there was no memory for the packed operands; c is then as it was.
int n2s_gemm_avx2(const n2s_gemm *g, const float *a, const float *b, float *c);
int n2s_gemm_avx512(const n2s_gemm *g, const float *a, const float *b, float *c);

// n2s_gemm_scratch is this thread's room for packed operands, SCRATCH floats; NULL: no memory. It
// is allocated at the thread's first product and freed at the thread's end.
float *n2s_gemm_scratch(void);

// n2s_gemm_level is 2 for AVX-512, 1 for AVX2 and FMA, else 0.
int n2s_gemm_level(void);

// Cache blocks, in elements: KC of the depth, NC columns of b, MC rows of a. A strip of b (KC × two
// registers) is to stay in the first cache, the blocks in the second.
enum { KC = 128, NC = 512, MC = 512, SCRATCH = KC * (NC + MC) };

#endif
