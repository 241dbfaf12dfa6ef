// c = c + by, element by element: step counters.
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "elements.cuh"

extern "C" __global__ void advance(long long* c /* [n] */, long long n, long long by) {
    for (long long i = thread_index(); i < n; i += thread_count()) c[i] += by;
}
