// A training batch, from the dataset into the network (compute.TakeBatch); what is null is left out:
//
//	row = table[number]
//	index_r = π(number·stride + r)             permutation.cuh
//	clean_r = samples[index_r], v = clean      widen.cuh
//	normal = (clean − mean) / deviation, v = normal
//	noisy = v + noise(step)                    noise.cuh
//
// A row outside the table, places outside the dataset and an amount that is none are faults, and what
// hangs on them stays as it was.
//
// Grid: columns × rows, a thread for four elements of a row. Block: columns × rows. Shared memory: 1.1 KiB.
#include "noise.cuh"
#include "permutation.cuh"
#include "widen.cuh"

// take_row copies the schedule's row, in the first block.
__device__ inline void take_row(float* row, const float* table, long long number, long long steps, long long scalars, Fault* fault) {
    if (blockIdx.x > 0 || blockIdx.y > 0) return;
    long long thread = threadIdx.y * blockDim.x + threadIdx.x;
    if (number < 0 || number >= steps) {
        if (thread == 0) report(fault, FAULT_GATHER, 0, number, steps);
        return;
    }
    for (long long j = thread; j < scalars; j += blockDim.x * blockDim.y) row[j] = table[number * scalars + j];
}

// Sample is what is done with a row.
template <typename S> struct Sample {
    float *clean, *normal, *noisy; // the batch's matrices
    const float *mean, *deviation;
    long long cols;
    unsigned long long seed, step;
    uint32_t purpose;

    // noise is that of the batch's elements i to i + 3, which share a Philox block.
    __device__ Four noise(const Draw& d, long long i) const {
        return noisy ? draw(d, philox(uint32_t(i / 4), seed, purpose, step)) : Four{};
    }

    // put does N elements from column j of row r on, with their noise.
    template <int N> __device__ void put(long long r, long long j, Pack<S, N> in, Pack<float, N> z) const {
        long long i = r * cols + j;
        Pack<float, N> v;
        for (int l = 0; l < N; l++) v[l] = as<float>(in[l]);
        store(clean, i, v);
        if (normal) {
            auto m = load(mean, j, Width<N>()), s = load(deviation, j, Width<N>());
            for (int l = 0; l < N; l++) v[l] = over(minus(v[l], m[l]), s[l]);
            store(normal, i, v);
        }
        if (noisy) {
            for (int l = 0; l < N; l++) v[l] = plus(v[l], z[l]);
            store(noisy, i, v);
        }
    }

    // take_packs does row r four elements at a time, which rows of a multiple of four have together.
    __device__ void take_packs(long long r, const S* sample, const Draw& d) const {
        for (long long j = thread_index() * 4; j < cols; j += thread_count() * 4) {
            auto in = load(sample, j, Width<4>());
            Four z = noise(d, r * cols + j); // while the sample is on its way
            put<4>(r, j, in, {z[0], z[1], z[2], z[3]});
        }
    }

    // take does any row: the fours that it has elements of, the first and last of which may be shared with other rows.
    __device__ void take(long long r, const S* sample, const Draw& d) const {
        for (long long j = thread_index() * 4 - r * cols % 4; j < cols; j += thread_count() * 4) {
            Four z = noise(d, r * cols + j);
            for (int l = 0; l < 4; l++)
                if (j + l >= 0 && j + l < cols) put<1>(r, j + l, {sample[j + l]}, {z[l]});
        }
    }
};

template <typename S>
__device__ void take_batch(float* row, const float* table, long long steps, long long scalars, const long long* number, int* index,
                           long long rows, long long stride, unsigned long long seed, const long long* epoch, uint32_t half, float* clean,
                           const S* samples, long long n, long long cols, float* normal, const float* mean, const float* deviation, float* noisy,
                           int kind, const float* amount, const void* poisson, unsigned long long noise_seed, uint32_t purpose,
                           const long long* step, Fault* fault) {
    take_row(row, table, *number, steps, scalars, fault);
    Draw d = {};
    if (noisy && !prepare(d, kind, amount, poisson, fault)) noisy = nullptr;
    Permutation order = permutation(n, half, seed, epoch);
    long long first = *number * stride;
    if (first < 0 || first + rows > n) {
        if (thread_index() == 0) report(fault, FAULT_SHUFFLE, first, first + rows, n);
        return;
    }
    bool packs = cols % 4 == 0 && aligned(clean, normal, mean, deviation, noisy) && reinterpret_cast<uintptr_t>(samples) % (4 * sizeof(S)) == 0;
    unsigned long long s = noisy ? (unsigned long long)*step : 0;
    each_row(rows, [&](long long r) {
        long long from = order.at(first + r);
        if (thread_index() == 0) index[r] = int(from);
        Sample<S> sample = {clean, normal, noisy, mean, deviation, cols, noise_seed, s, purpose};
        if (packs) sample.take_packs(r, samples + from * cols, d);
        else sample.take(r, samples + from * cols, d);
    });
}

extern "C" __global__ void take_batch_f16(
    float* row,              // [scalars]
    const float* table,      // (steps × scalars)
    long long steps, long long scalars,
    const long long* number, // [1]
    int* index,              // [rows]
    long long rows, long long stride, unsigned long long seed,
    const long long* epoch,  // [1]
    uint32_t half,           // bits of each half of the permutation's network
    float* clean,            // (rows × cols)
    const half_bits* samples, // (n × cols)
    long long n, long long cols,
    float* normal,           // (rows × cols) or null, with
    const float* mean,       // [cols]
    const float* deviation,        // [cols]
    float* noisy,            // (rows × cols) or null, with
    int kind,
    const float* amount,     // [1]
    const void* poisson,     // of poisson_table, for that kind
    unsigned long long noise_seed, uint32_t purpose,
    const long long* step,   // [1]
    Fault* fault) {
    take_batch(row, table, steps, scalars, number, index, rows, stride, seed, epoch, half, clean, samples, n, cols, normal, mean, deviation,
               noisy, kind, amount, poisson, noise_seed, purpose, step, fault);
}

extern "C" __global__ void take_batch_bf16(float* row, const float* table, long long steps, long long scalars, const long long* number,
                                           int* index, long long rows, long long stride, unsigned long long seed, const long long* epoch,
                                           uint32_t half, float* clean, const bfloat16_bits* samples, long long n, long long cols,
                                           float* normal, const float* mean, const float* deviation, float* noisy, int kind,
                                           const float* amount, const void* poisson, unsigned long long noise_seed, uint32_t purpose,
                                           const long long* step, Fault* fault) {
    take_batch(row, table, steps, scalars, number, index, rows, stride, seed, epoch, half, clean, samples, n, cols, normal, mean, deviation,
               noisy, kind, amount, poisson, noise_seed, purpose, step, fault);
}

extern "C" __global__ void take_batch_f32(float* row, const float* table, long long steps, long long scalars, const long long* number,
                                          int* index, long long rows, long long stride, unsigned long long seed, const long long* epoch,
                                          uint32_t half, float* clean, const float* samples, long long n, long long cols, float* normal,
                                          const float* mean, const float* deviation, float* noisy, int kind, const float* amount,
                                          const void* poisson, unsigned long long noise_seed, uint32_t purpose, const long long* step,
                                          Fault* fault) {
    take_batch(row, table, steps, scalars, number, index, rows, stride, seed, epoch, half, clean, samples, n, cols, normal, mean, deviation,
               noisy, kind, amount, poisson, noise_seed, purpose, step, fault);
}

extern "C" __global__ void take_batch_u8(float* row, const float* table, long long steps, long long scalars, const long long* number,
                                         int* index, long long rows, long long stride, unsigned long long seed, const long long* epoch,
                                         uint32_t half, float* clean, const uint8_t* samples, long long n, long long cols, float* normal,
                                         const float* mean, const float* deviation, float* noisy, int kind, const float* amount,
                                         const void* poisson, unsigned long long noise_seed, uint32_t purpose, const long long* step,
                                         Fault* fault) {
    take_batch(row, table, steps, scalars, number, index, rows, stride, seed, epoch, half, clean, samples, n, cols, normal, mean, deviation,
               noisy, kind, amount, poisson, noise_seed, purpose, step, fault);
}
