// Kernels with one mistake each, which the runner or a sanitizer must find.

// diverged: half of the block does not reach the barrier.
extern "C" __global__ void diverged(float* y) {
    if (threadIdx.x < blockDim.x / 2) __syncthreads();
    y[threadIdx.x] = 1;
}

// absent: the mask names lanes that do not come.
extern "C" __global__ void absent(int* y) {
    if (threadIdx.x < 7) y[threadIdx.x] = __shfl_sync(~0u, (int)threadIdx.x, 0);
}

// unsynced: reverse without the barrier.
extern "C" __global__ void unsynced(int* y, const int* x) {
    DYNAMIC_SHARED(int, kept);
    kept[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = kept[blockDim.x - 1 - threadIdx.x];
}

// overlapping: two blocks write the same element, without atomics.
extern "C" __global__ void overlapping(int* y) {
    if (threadIdx.x == 0) y[0] += 1;
}

// outside: reads one element behind the end.
extern "C" __global__ void outside(int* y, const int* x) { y[threadIdx.x] = x[threadIdx.x + 1]; }
