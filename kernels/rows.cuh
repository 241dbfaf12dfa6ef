// Walking along rows, each by a team of threads. Which thread and which lane an element has depends on the
// length of the row and the size of the team alone, so every kernel that adds up a row this way has the
// same bits.
#pragma once
#include "reduce.cuh"

// each_of_row calls get(j, Width<W>) and then use(j, Width<W>, lane, what get returned) so that every
// element of 0..n-1 is in one call's j..j+W-1: 16 bytes where packs says that operands are aligned, else
// one by one, in the same thread, with lanes 0, 1, … Two gets come before their uses where they can, so
// that loads are on their way together. thread is this one's number in its team.
template <typename T, typename G, typename U>
__device__ inline void each_of_row(long long n, bool packs, int thread, int team, G get, U use) {
    constexpr int W = wide<T>();
    long long j = (long long)thread * W, next = (long long)team * W;
    for (; packs && j + next + W <= n; j += 2 * next) {
        auto a = get(j, Width<W>()), b = get(j + next, Width<W>());
        use(j, Width<W>(), 0, a);
        use(j + next, Width<W>(), 0, b);
    }
    for (; j < n; j += next) {
        if (packs && j + W <= n) {
            auto a = get(j, Width<W>());
            use(j, Width<W>(), 0, a);
        } else {
            for (int l = 0; l < W && j + l < n; l++) {
                auto a = get(j + l, Width<1>());
                use(j + l, Width<1>(), l, a);
            }
        }
    }
}

// inverse_length is what a row of that norm is multiplied with: 0 unless the norm is above 0.
template <typename T> __device__ inline T inverse_length(T norm) { return norm > T(0) ? over(T(1), norm) : T(0); }
