// Parts of dst = V diag(max(λ, floor)^power) Vᵀ for a symmetric matrix a (n × n) with eigenvalues λ and
// eigenvectors V, in float64. The host makes it of products of matrices (compute/cuda/power.go). Bounds are
// what all parts scale with.
//
// For each: grid any, one-dimensional; block any; no shared memory.
#include "elements.cuh"

// Bounds are the least eigenvalue that is told from rounding, or the floor, and more than the largest one's
// size; NaN where a holds NaN or infinities, and where squares overflow. squares is Σ a_ij².
struct Bounds {
    double least, most;
    __device__ Bounds(double squares, double floor) {
        double size = root(squares);
        least = larger(floor, size * 0x1p-40);
        most = not_finite(size) ? not_a_number() : 1.01 * (size + least);
    }
};

// power_load_* sets work to a, by its lower triangle.
template <typename T> __device__ void power_load(double* work, const T* a, long long n) {
    for (long long i = thread_index(); i < n * n; i += thread_count()) {
        long long r = i / n, c = i % n;
        work[i] = double(r >= c ? a[i] : a[c * n + r]);
    }
}

extern "C" __global__ void power_load_f32(double* work /* (n × n) */, const float* a /* (n × n) */, long long n) { power_load(work, a, n); }

extern "C" __global__ void power_load_f64(double* work /* (n × n) */, const double* a /* (n × n) */, long long n) { power_load(work, a, n); }

// power_begin takes the least eigenvalue off: work = work − least · I, x = work / most.
extern "C" __global__ void power_begin(double* x /* (n × n) */, double* work /* (n × n) */, const double* squares /* [1] */, long long n, double floor) {
    Bounds bounds(*squares, floor);
    for (long long i = thread_index(); i < n * n; i += thread_count()) {
        if (i / n == i % n) work[i] -= bounds.least;
        x[i] = work[i] / bounds.most;
    }
}

// power_blend: t = one · I + factor · t.
extern "C" __global__ void power_blend(double* t /* (n × n) */, long long n, double one, double factor) {
    for (long long i = thread_index(); i < n * n; i += thread_count()) t[i] = (i / n == i % n ? one : 0) + factor * t[i];
}

// power_raise puts the least eigenvalue back: y = (y + least · I) / most, z = I.
extern "C" __global__ void power_raise(double* y /* (n × n) */, double* z /* (n × n) */, const double* squares /* [1] */, long long n, double floor) {
    Bounds bounds(*squares, floor);
    for (long long i = thread_index(); i < n * n; i += thread_count()) {
        bool diagonal = i / n == i % n;
        y[i] = (y[i] + (diagonal ? bounds.least : 0)) / bounds.most;
        z[i] = diagonal ? 1 : 0;
    }
}

// power_end_*: dst = of · most^power.
template <typename T> __device__ void power_end(T* dst, const double* of, const double* squares, long long n, double power, double floor) {
    double scale = pow(Bounds(*squares, floor).most, power);
    for (long long i = thread_index(); i < n * n; i += thread_count()) dst[i] = T(scale * of[i]);
}

extern "C" __global__ void power_end_f32(float* dst /* (n × n) */, const double* of /* (n × n) */, const double* squares /* [1] */, long long n,
                                         double power, double floor) {
    power_end(dst, of, squares, n, power, floor);
}

extern "C" __global__ void power_end_f64(double* dst /* (n × n) */, const double* of /* (n × n) */, const double* squares /* [1] */, long long n,
                                         double power, double floor) {
    power_end(dst, of, squares, n, power, floor);
}
