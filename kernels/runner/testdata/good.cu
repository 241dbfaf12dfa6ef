// Kernels that do nothing wrong, for the tests of the runner itself.

// sum: y[block] = the sum of its threads' x, through warps and shared memory. Block: a multiple of 32.
extern "C" __global__ void sum(float* y, const float* x) {
    __shared__ float of_warp[32];
    float v = x[blockIdx.x * blockDim.x + threadIdx.x];
    for (int d = 16; d > 0; d /= 2) v += __shfl_down_sync(~0u, v, d);
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = v;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (unsigned w = 1; w < blockDim.x / 32; w++) v += of_warp[w];
        y[blockIdx.x] = v;
    }
}

// reverse: each block's part of y is x backwards, through dynamic shared memory.
extern "C" __global__ void reverse(int* y, const int* x) {
    DYNAMIC_SHARED(int, kept);
    kept[threadIdx.x] = x[blockIdx.x * blockDim.x + threadIdx.x];
    __syncthreads();
    y[blockIdx.x * blockDim.x + threadIdx.x] = kept[blockDim.x - 1 - threadIdx.x];
}

// votes: y[i] = the lanes of i's warp whose x is positive.
extern "C" __global__ void votes(unsigned* y, const int* x) { y[threadIdx.x] = __ballot_sync(~0u, x[threadIdx.x] > 0); }
