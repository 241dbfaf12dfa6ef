// y_ij = max(x_ij, 0) where x_ij is among the k largest of its row, else 0; of equal entries the first
// ones. threshold_i = the k-th largest of max(x_i, 0), 0 where fewer are positive. NaN is the largest of
// all. k is rounded half to even and clamped to 1..cols; NaN counts as 1.
//
// Grid: a block for each row. Block: a multiple of 32, at most 512. Shared memory: 8.5 KiB, and with
// cached a key for each column.
//
// The float32 kernel has no launch bounds: with them it takes 40 registers in the place of 32, and three blocks in
// the place of four, which fill the gaps that barriers leave in each other, fit a multiprocessor.
#include "kth.cuh"

// How k is stored: in x's type, or as integers.
enum KType { K_FLOAT, K_INT32, K_INT64 };

template <typename T> __device__ inline int wanted(const void* k, int type, long long i, long long cols) {
    double v;
    switch (type) {
    case K_INT32: v = static_cast<const int*>(k)[i]; break;
    case K_INT64: v = double(static_cast<const long long*>(k)[i]); break;
    default: v = rint(double(static_cast<const T*>(k)[i]));
    }
    return !(v >= 1) ? 1 : v < double(cols) ? int(v) : int(cols);
}

// keep writes a row of y, from the k-th largest key. get(j, Width<W>) returns W keys from column j on.
template <typename T, typename Word, typename G>
__device__ inline void keep(T* y, long long cols, bool wide_loads, Kth<Word> kth, G get) {
    if (kth.ties == kth.equal) { // all equal entries are kept, so their order does not matter
        each_of_row<T>(cols, wide_loads, [&](long long j, auto w) {
            auto key = get(j, w);
            Pack<T, decltype(w)::n> v;
            for (int l = 0; l < w.n; l++) v[l] = key[l] >= kth.key && key[l] != 0 ? Key<T>::value(key[l]) : T(0);
            store(y, j, v);
        });
        return;
    }
    Order order;
    each_column(cols, [&](long long j, bool inside) {
        Word key = inside ? get(j, Width<1>())[0] : 0;
        int rank = order.next(inside && key == kth.key);
        if (inside) y[j] = key > kth.key || (key == kth.key && rank < kth.ties) ? Key<T>::value(key) : T(0);
    });
}

template <typename T>
__device__ void top_k(T* y, T* threshold, const T* x, const void* k, int k_type, int k_of_row, long long cols, int digit, int cached) {
    typedef typename Key<T>::Word Word;
    DYNAMIC_SHARED(Word, keys);
    long long r = blockIdx.x;
    x += r * cols;
    if (y) y += r * cols;
    int count = wanted<T>(k, k_type, k_of_row ? r : 0, cols);
    auto key_of = [&](long long j, auto w) {
        auto v = load(x, j, w);
        Pack<Word, decltype(w)::n> key;
        for (int l = 0; l < w.n; l++) key[l] = Key<T>::of(v[l]);
        return key;
    };
    if (cached) {
        each_of_row<T>(cols, aligned(x), [&](long long j, auto w) { store(keys, j, key_of(j, w)); });
        __syncthreads();
    }
    auto get = [&](long long j, auto w) { return cached ? load(keys, j, w) : key_of(j, w); };
    Kth<Word> kth = kth_of<T>(cols, count, digit, [&](long long j) { return get(j, Width<1>())[0]; });
    if (threshold && threadIdx.x == 0) threshold[r] = Key<T>::value(kth.key);
    if (y) keep(y, cols, aligned(y) && (cached || aligned(x)), kth, get);
}

extern "C" __global__ void top_k_f32(
    float* y,         // (rows × cols), or null; may be x
    float* threshold, // [rows], or null
    const float* x,   // (rows × cols)
    const void* k,    // [1], or with k_of_row [rows], of the type k_type
    int k_type, int k_of_row, long long cols,
    int digit,        // bits of a digit of the selection, at most MAX_DIGIT
    int cached) {     // whether the row's keys are kept in shared memory
    top_k(y, threshold, x, k, k_type, k_of_row, cols, digit, cached);
}

extern "C" __global__ void __launch_bounds__(512) top_k_f64(double* y, double* threshold, const double* x, const void* k, int k_type,
                                     int k_of_row, long long cols, int digit, int cached) {
    top_k(y, threshold, x, k, k_type, k_of_row, cols, digit, cached);
}
