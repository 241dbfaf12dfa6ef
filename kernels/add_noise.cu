// dst = src + noise, element by element; dst may be src. The noise is a function of (seed, purpose, step,
// element), bit by bit that of compute/cpu/kernel/noise.go. With a word x for each element (two for a pair
// of gaussians), everything in float32:
//
//	gaussian     a·√(−2 ln u(x0))·(cos, sin)(2π x1/2³²)     a: standard deviation (Box and Muller 1958)
//	laplace      ±a·(−ln u)                                 a: scale; the sign from x's lowest bit
//	exponential  (1/a)·(−ln u(x))                           a: rate
//	poisson      the number of thresholds that x reaches    a: rate; see poisson_table
//
// An amount that is not finite or is negative, a rate of 0 and a Poisson rate above 256 are faults, and
// dst stays as it was.
//
// Grid: any, one-dimensional, a thread for four elements. Block: any. Shared memory: 1 KiB for poisson.
#include "noisemath.cuh"
#include "philox.cuh"

// The order of compute.NoiseKind.
enum NoiseKind { GAUSSIAN, LAPLACE, EXPONENTIAL, POISSON };

const int POISSON_ROOM = 256;               // thresholds between 2⁻³³ and 1 − 2⁻³³ of any rate
const double POISSON_RATE = 256;            // the largest rate
const int POISSON_TERMS = 3 * POISSON_ROOM; // probabilities that are summed

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

template <typename T> __device__ bool amount_of(double& a, const T* amount, int kind, Fault* fault) {
    a = double(*amount);
    if (valid(kind, a)) return true;
    if (thread_index() == 0) report(fault, FAULT_NOISE, kind, __double_as_longlong(a), 0);
    return false;
}

// fill_table computes thresholds T_k = ⌊2³² P(X ≤ k)⌉ for those k where T_k is neither 0 nor 2³².
// Probabilities are λᵏ/k! relative to the mode, divided by their sum. The order of the operations is that
// of the CPU: products go up and down from the mode, sums from 0.
__device__ void fill_table(Table* t, double rate) {
    __shared__ double weight[POISSON_TERMS];
    int mode = int(rate);
    for (int k = threadIdx.x; k < POISSON_TERMS; k += blockDim.x) // factors first: divisions are slow
        weight[k] = k == mode ? 1.0 : k < mode ? over(double(k + 1), rate) : over(rate, double(k));
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int k = mode - 1; k >= 0; k--) weight[k] = mul(weight[k + 1], weight[k]);
        for (int k = mode + 1; k < POISSON_TERMS; k++) weight[k] = mul(weight[k - 1], weight[k]);
        for (int k = 1; k < POISSON_TERMS; k++) weight[k] = plus(weight[k - 1], weight[k]); // P(X ≤ k), up to a factor
        double sum = weight[POISSON_TERMS - 1];
        int base = 0, count = 0;
        for (int k = 0; k < POISSON_TERMS; k++) {
            double v = rint(mul(over(weight[k], sum), 0x1p32));
            if (v == 0)
                base++;
            else if (v < 0x1p32)
                t->thresholds[count++] = uint32_t(v);
        }
        t->base = base;
        t->count = count;
        t->rate = rate;
    }
}

template <typename T> __device__ void poisson_table(Table* t, const T* amount, Fault* fault) {
    double rate;
    if (amount_of(rate, amount, POISSON, fault) && t->rate != rate) fill_table(t, rate);
}

// poisson_table_* prepares the table for the rate amount [1], unless it is for that rate already.
// Grid: 1. Block: any. Shared memory: 6 KiB.
extern "C" __global__ void poisson_table_f32(void* table, const float* amount /* [1] */, Fault* fault) {
    poisson_table(static_cast<Table*>(table), amount, fault);
}

extern "C" __global__ void poisson_table_f64(void* table, const double* amount /* [1] */, Fault* fault) {
    poisson_table(static_cast<Table*>(table), amount, fault);
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

template <typename T> __device__ inline void add_four(T* dst, const T* src, long long i, const float* z, int count, bool packs) {
    if (packs && count == 4) {
        constexpr int W = wide<T>();
        for (int k = 0; k < 4; k += W) {
            auto v = load(src, i + k, Width<W>());
            for (int l = 0; l < W; l++) v[l] = plus(v[l], T(z[k + l]));
            store(dst, i + k, v);
        }
        return;
    }
    for (int l = 0; l < count; l++) dst[i + l] = plus(src[i + l], T(z[l]));
}

template <typename T>
__device__ void gaussian(T* dst, const T* src, long long n, double a, unsigned long long seed, uint32_t purpose, unsigned long long step) {
    float scale = float(a);
    bool packs = aligned(dst, src);
    each_word(n, seed, purpose, step, [&](long long i, Words w, int count) {
        float z[4];
        for (int l = 0; l < 4; l += 2) {
            float radius = mul(scale, root(mul(2.0f, neg_log(unit(w[l]))))), c, s;
            cos_sin_turn(w[l + 1], c, s);
            z[l] = mul(radius, c);
            z[l + 1] = mul(radius, s);
        }
        add_four(dst, src, i, z, count, packs);
    });
}

template <typename T>
__device__ void laplace(T* dst, const T* src, long long n, double a, unsigned long long seed, uint32_t purpose, unsigned long long step) {
    float scale = float(a);
    bool packs = aligned(dst, src);
    each_word(n, seed, purpose, step, [&](long long i, Words w, int count) {
        float z[4];
        for (int l = 0; l < 4; l++) z[l] = flip(mul(scale, neg_log(unit31(w[l] >> 1))), w[l] << 31);
        add_four(dst, src, i, z, count, packs);
    });
}

template <typename T>
__device__ void exponential(T* dst, const T* src, long long n, double a, unsigned long long seed, uint32_t purpose, unsigned long long step) {
    float scale = float(over(1.0, a));
    bool packs = aligned(dst, src);
    each_word(n, seed, purpose, step, [&](long long i, Words w, int count) {
        float z[4];
        for (int l = 0; l < 4; l++) z[l] = mul(scale, neg_log(unit(w[l])));
        add_four(dst, src, i, z, count, packs);
    });
}

template <typename T>
__device__ void poisson(T* dst, const T* src, long long n, const Table* table, unsigned long long seed, uint32_t purpose, unsigned long long step) {
    __shared__ uint32_t thresholds[POISSON_ROOM];
    for (int k = threadIdx.x; k < table->count; k += blockDim.x) thresholds[k] = table->thresholds[k];
    __syncthreads();
    bool packs = aligned(dst, src);
    each_word(n, seed, purpose, step, [&](long long i, Words w, int count) {
        float z[4];
        for (int l = 0; l < 4; l++) z[l] = float(table->base + reached(thresholds, table->count, w[l]));
        add_four(dst, src, i, z, count, packs);
    });
}

template <typename T>
__device__ void add_noise(T* dst, const T* src, long long n, int kind, const T* amount, const void* table, unsigned long long seed,
                          uint32_t purpose, const long long* step, Fault* fault) {
    double a;
    if (!amount_of(a, amount, kind, fault)) return;
    unsigned long long s = (unsigned long long)*step;
    switch (kind) {
    case GAUSSIAN: return gaussian(dst, src, n, a, seed, purpose, s);
    case LAPLACE: return laplace(dst, src, n, a, seed, purpose, s);
    case EXPONENTIAL: return exponential(dst, src, n, a, seed, purpose, s);
    case POISSON: return poisson(dst, src, n, static_cast<const Table*>(table), seed, purpose, s);
    }
}

extern "C" __global__ void add_noise_f32(
    float* dst,          // [n]
    const float* src,    // [n]
    long long n, int kind,
    const float* amount, // [1]
    const void* table,   // of poisson_table, for poisson
    unsigned long long seed, uint32_t purpose,
    const long long* step,   // [1]
    Fault* fault) {
    add_noise(dst, src, n, kind, amount, table, seed, purpose, step, fault);
}

extern "C" __global__ void add_noise_f64(double* dst, const double* src, long long n, int kind, const double* amount,
                                         const void* table, unsigned long long seed, uint32_t purpose, const long long* step, Fault* fault) {
    add_noise(dst, src, n, kind, amount, table, seed, purpose, step, fault);
}
