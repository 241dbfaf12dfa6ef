// The noise of compute.Noise, a function of (seed, purpose, step, element), bit by bit that of
// compute/cpu/kernel/noise.go. With a word x for each element (two for a pair of gaussians), everything in
// float32:
//
//	gaussian     a·√(−2 ln u(x0))·(cos, sin)(2π x1/2³²)     a: standard deviation (Box and Muller 1958)
//	laplace      ±a·(−ln u)                                 a: scale; the sign from x's lowest bit
//	exponential  (1/a)·(−ln u(x))                           a: rate
//	poisson      the number of thresholds that x reaches    a: rate; see add_noise.cu, poisson_table
#pragma once
#include "noisemath.cuh"
#include "philox.cuh"

// The order of compute.NoiseKind.
enum NoiseKind { GAUSSIAN, LAPLACE, EXPONENTIAL, POISSON };

const int POISSON_ROOM = 256;    // thresholds between 2⁻³³ and 1 − 2⁻³³ of any rate
const double POISSON_RATE = 256; // the largest rate

// Table is the Poisson distribution of one rate: a word x becomes base plus the number of
// thresholds[0..count) that are ≤ x. The host reserves it, zero-filled.
struct Table {
    double rate; // that the rest is for; 0: for none yet
    int base, count;
    uint32_t thresholds[POISSON_ROOM];
};

// valid checks an amount as kernel.Noise.Set does.
__device__ inline bool valid(int kind, double a) {
    bool rate = kind == EXPONENTIAL || kind == POISSON;
    return a - a == 0 && a >= 0 && !(rate && a == 0) && !(kind == POISSON && a > POISSON_RATE);
}

// amount_of reads an amount. One that is not finite or is negative, a rate of 0 and a Poisson rate above
// 256 are faults.
template <typename T> __device__ bool amount_of(double& a, const T* amount, int kind, Fault* fault) {
    a = double(*amount);
    if (valid(kind, a)) return true;
    if (thread_index() == 0) report(fault, FAULT_NOISE, kind, __double_as_longlong(a), 0);
    return false;
}

// Draw is a distribution with its parameter, ready to draw from.
struct Draw {
    int kind;
    float scale;                // factor on the standard variate; for poisson unused
    int base, count;            // poisson's
    const uint32_t* thresholds; // poisson's, in shared memory
};

// prepare sets d and tells whether the amount is one. All threads of the block must call it.
// Shared memory: 1 KiB.
template <typename T> __device__ bool prepare(Draw& d, int kind, const T* amount, const void* poisson, Fault* fault) {
    __shared__ uint32_t thresholds[POISSON_ROOM];
    double a;
    if (!amount_of(a, amount, kind, fault)) return false; // the same in each thread
    d = Draw{kind, kind == EXPONENTIAL ? float(over(1.0, a)) : float(a), 0, 0, thresholds};
    if (kind == POISSON) {
        const Table* t = static_cast<const Table*>(poisson);
        d.base = t->base;
        d.count = t->count;
        for (int k = threadIdx.y * blockDim.x + threadIdx.x; k < d.count; k += blockDim.x * blockDim.y) thresholds[k] = t->thresholds[k];
        __syncthreads();
    }
    return true;
}

// reached is the number of thresholds[0..count) that are ≤ x, by bisection: they ascend.
__device__ inline int reached(const uint32_t* thresholds, int count, uint32_t x) {
    int lo = 0, hi = count;
    while (lo < hi) {
        int middle = (lo + hi) / 2;
        if (thresholds[middle] <= x) lo = middle + 1;
        else hi = middle;
    }
    return lo;
}

// Four are neighbouring numbers, of one Philox block.
struct Four {
    float v[4];
    __device__ float& operator[](int i) { return v[i]; }
};

// draw is the noise of the four elements that the words w belong to.
__device__ inline Four draw(const Draw& d, Words w) {
    Four z;
    switch (d.kind) {
    case GAUSSIAN:
        for (int l = 0; l < 4; l += 2) {
            float radius = mul(d.scale, root(mul(2.0f, neg_log(unit(w[l]))))), c, s;
            cos_sin_turn(w[l + 1], c, s);
            z[l] = mul(radius, c);
            z[l + 1] = mul(radius, s);
        }
        break;
    case LAPLACE:
        for (int l = 0; l < 4; l++) z[l] = flip(mul(d.scale, neg_log(unit31(w[l] >> 1))), w[l] << 31);
        break;
    case EXPONENTIAL:
        for (int l = 0; l < 4; l++) z[l] = mul(d.scale, neg_log(unit(w[l])));
        break;
    default: // POISSON
        for (int l = 0; l < 4; l++) z[l] = float(d.base + reached(d.thresholds, d.count, w[l]));
    }
    return z;
}
