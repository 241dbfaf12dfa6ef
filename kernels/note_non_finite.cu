// first = step, if first is negative and some x is NaN or infinite.
//
// Grid: any, one-dimensional. Block: any. No shared memory. Whichever thread finds one, what it stores
// is the same.
#include "elements.cuh"

template <typename T> __device__ void note_non_finite(long long* first, const T* x, long long n, const long long* step) {
    bool bad = false;
    for (long long i = thread_index(); i < n; i += thread_count()) bad |= not_finite(x[i]);
    if (!bad) return;
    unsigned long long* word = reinterpret_cast<unsigned long long*>(first);
    unsigned long long old = atomicCAS(word, 0ull, 0ull); // an atomic read
    if ((long long)old < 0) atomicCAS(word, old, (unsigned long long)*step);
}

extern "C" __global__ void note_non_finite_f32(long long* first /* [1] */, const float* x /* [n] */, long long n, const long long* step /* [1] */) {
    note_non_finite(first, x, n, step);
}

extern "C" __global__ void note_non_finite_f64(long long* first /* [1] */, const double* x /* [n] */, long long n, const long long* step /* [1] */) {
    note_non_finite(first, x, n, step);
}
