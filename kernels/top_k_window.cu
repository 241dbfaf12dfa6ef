// Top-K with a soft edge around k [1]; compute.Select has the formula. With K = k rounded half to even and
// kept in 1 − half to cols − 1 + half,
// hi = min(K + half, cols − 1), lo = max(K − half, 0), w = hi − lo: entries of rank below lo in their row
// have weight 1, those of rank lo + i (i < w)
//
//	weight_i = 1 − sigmoid(t_i − (k − K)),  t = linspace(−(K−lo)·20/w, (hi−K)·20/w, w)
//
// (0 where 1 + weight_i rounds to 1), all others 0, and so have entries that are not positive. y = weight · max(x, 0), slope = ∂y/∂k,
// threshold the hi-th largest entry. Ranks count equal entries by their columns. NaN in k reaches all.
//
// Grid: a block for each row. Block: a multiple of 32, at most 512. Shared memory: 8.5 KiB; the window's entries
// are compared there where they fit, 1,024 of float32 or 682 of float64.
#include "kth.cuh"

// Edge is where the window lies.
struct Edge {
    double k, middle;
    int lo, hi;
    bool nan;

    __device__ Edge(double value, int half, long long cols) {
        nan = value != value;
        k = nan ? 1 : value;
        middle = smaller(larger(rint(k), double(1 - half)), double(cols - 1 + half));
        hi = int(smaller(middle + half, double(cols - 1)));
        lo = int(larger(middle - half, 0.0));
        hi = hi > lo ? hi : lo;
    }

    // weight of rank lo + i.
    __device__ double weight(int i) {
        double w = hi - lo, from = -(middle - lo) * 20 / w, to = (hi - middle) * 20 / w;
        double t = w > 1 ? from + (to - from) * i / (w - 1) : from;
        return 1 / (1 + exp(t - (k - middle)));
    }
};

// list_window sets weight to 1 for the entries of rank below lo, to 0 for all others, and puts the columns
// of the window's positive entries into list, in any order; it returns how many.
template <typename T, typename G>
__device__ inline int list_window(T* weight, int* list, long long cols, Kth<typename Key<T>::Word> inner, bool any_inner,
                                  Kth<typename Key<T>::Word> outer, bool any_outer, G get) {
    __shared__ int count;
    if (threadIdx.x == 0) count = 0;
    __syncthreads();
    Order inner_ties, outer_ties;
    each_column(cols, [&](long long j, bool inside) {
        auto key = inside ? get(j) : 0;
        int a = inner_ties.next(inside && key != 0 && key == inner.key);
        int b = outer_ties.next(inside && key != 0 && key == outer.key);
        if (!inside) return;
        bool first = any_inner && key != 0 && (key > inner.key || (key == inner.key && a < inner.ties));
        bool within = any_outer && key != 0 && (key > outer.key || (key == outer.key && b < outer.ties));
        weight[j] = first ? T(1) : T(0);
        if (within && !first) list[atomicAdd(&count, 1)] = int(j);
    });
    __syncthreads();
    return count;
}

// rank_in is the rank of key, of column j, among n entries: how many come before it. No loads of it wait for each
// other.
template <typename Word, typename K, typename C> __device__ inline int rank_in(int n, Word key, int j, K key_of, C column_of) {
    int rank = 0;
    for (int o = 0; o < n; o++) {
        Word other = key_of(o);
        rank += other > key || (other == key && column_of(o) < j);
    }
    return rank;
}

template <typename T>
__device__ void top_k_window(T* y, T* weight, T* slope, T* threshold, const T* x, const T* k, long long cols, int half, int digit, int* lists) {
    typedef typename Key<T>::Word Word;
    long long r = blockIdx.x;
    x += r * cols, y += r * cols, weight += r * cols, slope += r * cols;
    int* list = lists + r * cols;
    Edge edge(double(*k), half, cols);
    auto get = [&](long long j) { return Key<T>::of(x[j]); };
    Kth<Word> inner = {0, 0, 0}, outer = {0, 0, 0};
    if (edge.lo > 0) inner = kth_of<T>(cols, edge.lo, digit, get);
    if (edge.hi > edge.lo) outer = kth_of<T>(cols, edge.hi, digit, get);
    int n = list_window<T>(weight, list, cols, inner, edge.lo > 0, outer, edge.hi > edge.lo, get);
    for (long long j = threadIdx.x; j < cols; j += blockDim.x) slope[j] = T(0);
    const int fit = int((sizeof(int) << MAX_DIGIT) / (sizeof(Word) + sizeof(int)));
    Word* keys = reinterpret_cast<Word*>(select_room());
    int* columns = reinterpret_cast<int*>(keys + fit);
    for (int i = threadIdx.x; i < n && n <= fit; i += blockDim.x) keys[i] = get(columns[i] = list[i]);
    __syncthreads();
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        int j = list[i];
        Word key = get(j);
        int rank = n <= fit ? rank_in(n, key, j, [&](int o) { return keys[o]; }, [&](int o) { return columns[o]; })
                            : rank_in(n, key, j, [&](int o) { return get(list[o]); }, [&](int o) { return list[o]; });
        double w = edge.weight(rank);
        if (T(1 + w) == T(1)) continue; // 1 - sigmoid is 0 in that arithmetic, as the weight is already
        weight[j] = T(w);
        slope[j] = mul(T(w * (1 - w)), x[j]);
    }
    __syncthreads(); // y may be x
    for (long long j = threadIdx.x; j < cols; j += blockDim.x) {
        if (edge.nan) weight[j] = slope[j] = T(not_a_number());
        y[j] = mul(weight[j], relu(x[j]));
    }
    if (threshold && threadIdx.x == 0) {
        Kth<Word> last = edge.hi > edge.lo ? outer : inner;
        threshold[r] = edge.hi > 0 ? Key<T>::value(last.key) : T(infinity());
    }
}

extern "C" __global__ void __launch_bounds__(512) top_k_window_f32(
    float* y,         // (rows × cols); may be x
    float* weight,    // (rows × cols)
    float* slope,     // (rows × cols)
    float* threshold, // [rows], or null
    const float* x,   // (rows × cols)
    const float* k,   // [1]
    long long cols, int half,
    int digit,        // bits of a digit of the selection, at most MAX_DIGIT
    int* lists) {     // (rows × cols) scratch
    top_k_window(y, weight, slope, threshold, x, k, cols, half, digit, lists);
}

extern "C" __global__ void __launch_bounds__(512) top_k_window_f64(double* y, double* weight, double* slope, double* threshold, const double* x,
                                            const double* k, long long cols, int half, int digit, int* lists) {
    top_k_window(y, weight, slope, threshold, x, k, cols, half, digit, lists);
}
