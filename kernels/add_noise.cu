// dst = src + noise, element by element; dst may be src. noise.cuh has the distributions. With an amount
// that is none, dst stays as it was.
//
// Grid: any, one-dimensional, a thread for four elements. Block: any. Shared memory: 1 KiB.
#include "noise.cuh"

const int POISSON_TERMS = 3 * POISSON_ROOM; // probabilities that are summed

// fill_table computes thresholds T_k = ⌊2³² P(X ≤ k)⌉ for those k where T_k is neither 0 nor 2³².
// Probabilities are λᵏ/k! relative to the mode, divided by their sum. The order of the operations is that
// of the CPU: products go up and down from the mode, sums from 0.
__device__ void fill_table(Table* t, double rate) {
    __shared__ double weight[POISSON_TERMS];
    int mode = int(rate);
    for (int k = threadIdx.x; k < POISSON_TERMS; k += blockDim.x) // factors first: divisions are slow
        weight[k] = k == mode ? 1.0 : k < mode ? over(double(k + 1), rate) : over(rate, double(k));
    __syncthreads();
    if (threadIdx.x == 0)
        for (int k = mode - 1; k >= 0; k--) weight[k] = mul(weight[k + 1], weight[k]);
    if (threadIdx.x == blockDim.x - 1)
        for (int k = mode + 1; k < POISSON_TERMS; k++) weight[k] = mul(weight[k - 1], weight[k]);
    __syncthreads();
    if (threadIdx.x == 0)
        for (int k = 1; k < POISSON_TERMS; k++) weight[k] = plus(weight[k - 1], weight[k]); // P(X ≤ k), up to a factor
    __syncthreads();
    double sum = weight[POISSON_TERMS - 1];
    auto threshold = [&](int k) { return k < POISSON_TERMS ? rint(mul(over(weight[k], sum), 0x1p32)) : 0x1p32; }; // ascends with k
    int base = 0, count = 0;
    for (int k = threadIdx.x; k - int(threadIdx.x) < POISSON_TERMS; k += blockDim.x) {
        double v = threshold(k);
        base += __syncthreads_count(v == 0);
        count += __syncthreads_count(v > 0 && v < 0x1p32);
    }
    for (int k = base + threadIdx.x; k < base + count; k += blockDim.x) t->thresholds[k - base] = uint32_t(threshold(k));
    if (threadIdx.x == 0) {
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

template <typename T>
__device__ void add_noise(T* dst, const T* src, long long n, int kind, const T* amount, const void* table, unsigned long long seed,
                          uint32_t purpose, const long long* step, Fault* fault) {
    Draw d;
    if (!prepare(d, kind, amount, table, fault)) return;
    bool packs = aligned(dst, src);
    each_word(n, seed, purpose, (unsigned long long)*step, [&](long long i, Words w, int count) {
        Four z = draw(d, w);
        if (packs && count == 4) {
            constexpr int W = wide<T>();
            for (int k = 0; k < 4; k += W) {
                auto v = load(src, i + k, Width<W>());
                for (int l = 0; l < W; l++) v[l] = plus(v[l], T(z[k + l]));
                store(dst, i + k, v);
            }
        } else {
            for (int l = 0; l < count; l++) dst[i + l] = plus(src[i + l], T(z[l]));
        }
    });
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
