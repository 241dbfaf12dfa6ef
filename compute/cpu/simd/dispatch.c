//go:build cgo && amd64

// Each kernel picks its instruction set by the first argument: 1 is AVX2, 2 AVX-512.

#include "dispatch.h"

#include <cpuid.h>

#define DISPATCH(result, name, parameters, names) \
	result n2s_##name(int level, UNPACK parameters) { return level == 2 ? name##_avx512 names : name##_avx2 names; }
#define UNPACK(...) __VA_ARGS__

N2S_KERNELS(DISPATCH)

// state is the set of registers that the operating system saves (XCR0).
static unsigned state(void) {
	unsigned low, high;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

int n2s_level(void) {
	unsigned a, b, c, d;
	if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
	const unsigned osxsave = 1u << 27, avx = 1u << 28, f16c = 1u << 29;
	if ((c & (osxsave | avx | f16c)) != (osxsave | avx | f16c)) return 0;
	const unsigned saved = state();
	if ((saved & 0x06) != 0x06) return 0; // xmm, ymm
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
	if (!(b & 1u << 5)) return 0; // AVX2
	const unsigned avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; // F, DQ, BW, VL
	if ((saved & 0xE6) != 0xE6 || (b & avx512) != avx512) return 1;    // opmask, zmm
	return 2;
}
