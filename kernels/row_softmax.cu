// p_ij = exp(β s_ij − max_k β s_ik) / Σ_l exp(β s_il − max_k β s_ik), over (rows × cols); p may be s. A row
// with a NaN, or whose largest β s is infinite, is NaN.
//
// Grid: rows / blockDim.y, one-dimensional. Block: as reduce_rows.cu. Shared memory: 512 bytes.
#include "reduce.cuh"

template <typename T> __device__ void row_softmax(T* p, const T* s, const T* scale, long long rows, long long cols) {
    long long r = (long long)blockIdx.x * blockDim.y + threadIdx.y;
    long long end = r < rows ? cols : 0;
    T beta = *scale;
    p += r * cols;
    s += r * cols;
    T top = T(-infinity());
    for (long long j = threadIdx.x; j < end; j += blockDim.x) top = larger(top, mul(beta, s[j]));
    top = team_reduce(top, larger<T>);
    double sum = 0;
    for (long long j = threadIdx.x; j < end; j += blockDim.x) {
        T e = exp(minus(mul(beta, s[j]), top));
        p[j] = e;
        sum += double(e);
    }
    sum = team_reduce(sum, Addition::join);
    for (long long j = threadIdx.x; j < end; j += blockDim.x) p[j] = T(double(p[j]) / sum);
}

extern "C" __global__ void row_softmax_f32(
    float* p,           // (rows × cols)
    const float* s,     // (rows × cols)
    const float* scale, // [1]
    long long rows, long long cols) {
    row_softmax(p, s, scale, rows, cols);
}

extern "C" __global__ void row_softmax_f64(double* p, const double* s, const double* scale, long long rows, long long cols) {
    row_softmax(p, s, scale, rows, cols);
}
