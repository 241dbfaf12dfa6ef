// The gradients of a depthwise convolution's weights, with p = (k − 1) / 2:
//
//	dw[c][r][s] = Σ_bij dy[b][i][j][c] · x[b][i + r − p][j + s − p][c]
//
// Rows of images are added in the type of the operands, from left to right, their sums in float64.
//
// Grid: channels / STRIP × k·k × chunks of rows, which is a function of the shape alone, since it decides the
// order of the sums. Block: STRIP × TALL. Shared memory: 2 KiB. partials: float64 [chunks · k·k · channels] and
// arrived: [channels / STRIP · k·k], zero, where there is more than one chunk.
#include "columns.cuh"
#include "images.cuh"

template <typename T>
__device__ void depthwise_weight(T* dw, const T* dy, const T* x, long long images, int height, int width, int channels, int k,
                                 double* partials, unsigned* arrived) {
    int c = blockIdx.x * STRIP + threadIdx.x, p = (k - 1) / 2;
    int r = blockIdx.y / k, s = blockIdx.y % k;
    int left = p - s > 0 ? p - s : 0, right = width + p - s < width ? width + p - s : width;
    long long rows = images * height, chunk = (rows + gridDim.z - 1) / gridDim.z, first = blockIdx.z * chunk;
    long long end = c >= channels ? 0 : first + chunk < rows ? first + chunk : rows;
    double sum[1] = {0};
    for (long long row = first + threadIdx.y; row < end; row += TALL) {
        int h = int(row % height) + r - p;
        if (h < 0 || h >= height) continue;
        const T* from = x + ((row / height * height + h) * width + s - p) * channels + c;
        T of_row = T(0);
        for (int j = left; j < right; j++)
            of_row = plus(of_row, mul(dy[(row * width + j) * channels + c], from[(long long)j * channels]));
        sum[0] += double(of_row);
    }
    join_chunks<1, Addition>(
        sum, (long long)blockIdx.y * channels + c, c < channels, (long long)k * k * channels, blockIdx.z, gridDim.z, partials,
        arrived + blockIdx.y * gridDim.x + blockIdx.x, [&](long long, double* v) { dw[(long long)c * k * k + blockIdx.y] = T(v[0]); });
}

extern "C" __global__ void depthwise_weight_f32(
    float* dw,       // (channels × 1 × k × k)
    const float* dy, // (images × height × width × channels)
    const float* x,  // the same
    long long images, int height, int width, int channels, int k, double* partials, unsigned* arrived) {
    depthwise_weight(dw, dy, x, images, height, width, channels, k, partials, arrived);
}

extern "C" __global__ void depthwise_weight_f64(double* dw, const double* dy, const double* x, long long images, int height, int width,
                                                int channels, int k, double* partials, unsigned* arrived) {
    depthwise_weight(dw, dy, x, images, height, width, channels, k, partials, arrived);
}
