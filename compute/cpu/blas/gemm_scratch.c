//go:build cgo && amd64

#include "gemm.h"

#include <cpuid.h>
#include <pthread.h>
#include <stdlib.h>

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_key(void) { pthread_key_create(&key, free); }

float *n2s_gemm_scratch(void) {
	static _Thread_local float *mine;
	if (!mine && pthread_once(&once, make_key) == 0) {
		mine = aligned_alloc(64, SCRATCH * sizeof *mine);
		pthread_setspecific(key, mine);
	}
	return mine;
}

int n2s_gemm_level(void) {
	unsigned a, b, c, d;
	if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
	const unsigned fma = 1u << 12, osxsave = 1u << 27;
	if ((c & (fma | osxsave)) != (fma | osxsave)) return 0;
	unsigned saved, high; // registers that the operating system saves
	__asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
	if ((saved & 0x06) != 0x06 || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & 1u << 5)) return 0;
	const unsigned avx512 = 1u << 16 | 1u << 17; // F, DQ
	return (saved & 0xE6) == 0xE6 && (b & avx512) == avx512 ? 2 : 1;
}
