// The backward pass of bias_relu, over matrices (rows × cols):
//
//	dpre = dpost where post > 0, else 0     dpre may be dpost; 0 where post is NaN
//	dbias[j] = Σ_i dpre_ij
//
// Grid, block, partials, arrived, shared memory: columns.cuh, with one result for each column.
#include "columns.cuh"

template <typename T>
__device__ void relu_backward(T* dpre, T* dbias, const T* dpost, const T* post, long long rows, long long cols, double* partials, unsigned* arrived) {
    struct Both { T dpost, post; }; // loaded together: neither waits for the other
    down_columns<1, Addition>(
        rows, cols, dbias, partials, arrived, [&](long long i) { return Both{dpost[i], post[i]}; },
        [&](long long i, Both both, double* sum) {
            T v = both.post > T(0) ? both.dpost : T(0);
            dpre[i] = v;
            sum[0] += double(v);
        },
        [&](long long j, double* sum) { dbias[j] = T(sum[0]); });
}

extern "C" __global__ void relu_backward_f32(
    float* dpre,        // (rows × cols)
    float* dbias,       // [cols] or null
    const float* dpost, // (rows × cols)
    const float* post,  // (rows × cols)
    long long rows, long long cols, double* partials, unsigned* arrived) {
    relu_backward(dpre, dbias, dpost, post, rows, cols, partials, arrived);
}

extern "C" __global__ void relu_backward_f64(double* dpre, double* dbias, const double* dpost, const double* post, long long rows,
                                             long long cols, double* partials, unsigned* arrived) {
    relu_backward(dpre, dbias, dpost, post, rows, cols, partials, arrived);
}
