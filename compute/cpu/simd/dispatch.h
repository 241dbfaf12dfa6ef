// The calls that Go makes: each kernel with the instruction set in front.
#ifndef N2S_DISPATCH_H
#define N2S_DISPATCH_H

#include "kernels.h"

#define N2S_PROTOTYPE(result, name, parameters, names) result n2s_##name(int level, N2S_UNPACK parameters);
#define N2S_UNPACK(...) __VA_ARGS__

N2S_KERNELS(N2S_PROTOTYPE)

// n2s_level is the best instruction set here: 0 none, 1 AVX2, 2 AVX-512.
int n2s_level(void);

#endif
