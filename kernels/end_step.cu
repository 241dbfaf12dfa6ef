// What closes a training step: its numbers are added to the epoch's, the first step that is not finite is
// noted, and counters count on:
//
//	epoch += step;  root = √squares;  norms += root
//	bad = position, if bad is negative and some number of step is NaN or infinite
//	first += 1;  second += 1
//
// Grid: 1. Block: any. No shared memory.
#include "elements.cuh"

extern "C" __global__ void end_step(
    double* epoch,             // [n]
    const double* step,        // [n]
    int n,
    double* norms,             // [parts]
    double* root_of,           // [parts]
    const double* squares,     // [parts]
    int parts,
    long long* bad,            // [1]
    const long long* position, // [1]; may be first or second
    long long* first,          // [1]
    long long* second) {       // [1]
    for (int i = threadIdx.x; i < n; i += blockDim.x) epoch[i] = plus(epoch[i], step[i]);
    for (int p = threadIdx.x; p < parts; p += blockDim.x) {
        double r = root(squares[p]);
        root_of[p] = r;
        norms[p] = plus(norms[p], r);
    }
    if (threadIdx.x != 0) return;
    bool broken = false;
    for (int i = 0; i < n; i++) broken |= not_finite(step[i]);
    if (broken && *bad < 0) *bad = *position;
    *first += 1;
    *second += 1;
}
