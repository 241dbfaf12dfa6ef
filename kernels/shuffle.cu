// index[i] = π(batch·stride + i), with the permutation π of permutation.cuh. Places outside 0..n-1 are a
// fault, and index stays as it was.
//
// Grid: any, one-dimensional. Block: any. Shared memory: 48 bytes.
#include "permutation.cuh"

extern "C" __global__ void shuffle(
    int* index,         // [count]
    long long count, long long n, unsigned long long seed,
    const long long* epoch, // [1]
    const long long* batch, // [1]
    long long stride,
    uint32_t half,      // bits of each half of the network
    Fault* fault) {
    Permutation order = permutation(n, half, seed, epoch);
    long long first = *batch * stride;
    if (first < 0 || first + count > n) {
        if (thread_index() == 0) report(fault, FAULT_SHUFFLE, first, first + count, n);
        return;
    }
    for (long long i = thread_index(); i < count; i += thread_count()) index[i] = int(order.at(first + i));
}
