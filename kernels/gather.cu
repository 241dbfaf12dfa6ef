// dst[i] = src[index[i]], rows of cols elements, widened to dst's type: float16, bfloat16, float32 and
// float64 as they are, uint8 as x/255; int32 rows are copied. An index outside 0..n-1 is a fault, and
// its row stays as it was.
//
// Grid: columns × rows. Block: columns × rows, any. No shared memory.
#include "widen.cuh"

template <typename D, typename S, int W> __device__ void copy_row(D* dst, const S* src, long long cols) {
    for (long long j = thread_index() * W; j < cols; j += thread_count() * W) {
        auto v = load(src, j, Width<W>());
        Pack<D, W> out;
        for (int l = 0; l < W; l++) out[l] = as<D>(v[l]);
        store(dst, j, out);
    }
}

// gather copies 16 bytes of dst at a time where the rows allow it.
template <typename D, typename S>
__device__ void gather(D* dst, const S* src, const void* index, int index_bytes, long long rows, long long cols, long long n, Fault* fault) {
    constexpr int W = wide<D>();
    bool packs = cols % W == 0 && aligned(dst) && reinterpret_cast<uintptr_t>(src) % (W * sizeof(S)) == 0;
    each_row(rows, [&](long long i) {
        long long r = index_bytes == 8 ? static_cast<const long long*>(index)[i] : static_cast<const int*>(index)[i];
        if (r < 0 || r >= n) {
            if (thread_index() == 0) report(fault, FAULT_GATHER, i, r, n);
        } else if (packs) {
            copy_row<D, S, W>(dst + i * cols, src + r * cols, cols);
        } else {
            copy_row<D, S, 1>(dst + i * cols, src + r * cols, cols);
        }
    });
}

// For each: dst (rows × cols), src (n × cols), index [rows] of 4 or 8 bytes an element.

extern "C" __global__ void gather_f16_f32(float* dst, const half_bits* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_bf16_f32(float* dst, const bfloat16_bits* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_f32_f32(float* dst, const float* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_f64_f32(float* dst, const double* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_u8_f32(float* dst, const uint8_t* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_f16_f64(double* dst, const half_bits* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_bf16_f64(double* dst, const bfloat16_bits* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_f32_f64(double* dst, const float* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_f64_f64(double* dst, const double* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_u8_f64(double* dst, const uint8_t* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}

extern "C" __global__ void gather_i32_i32(int* dst, const int* src, const void* index, int index_bytes,
                                     long long rows, long long cols, long long n, Fault* fault) {
    gather(dst, src, index, index_bytes, rows, cols, n, fault);
}
