// Exchange of values within a warp, as CUDA has it: lanes outside a part of width lanes keep their own.
#pragma once

template <class T>
T runner_shuffle(unsigned mask, T v, int from) {
    static_assert(sizeof(T) <= 8, "a shuffle moves at most 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &v, sizeof v);
    bits = runner_exchange(mask, bits, from);
    memcpy(&v, &bits, sizeof v);
    return v;
}

template <class T>
T __shfl_sync(unsigned mask, T v, int lane, int width = 32) {
    int own = (int)runner_lane(), part = own / width * width;
    return runner_shuffle(mask, v, part + lane % width);
}

template <class T>
T __shfl_down_sync(unsigned mask, T v, unsigned delta, int width = 32) {
    int own = (int)runner_lane(), at = own % width + (int)delta;
    return runner_shuffle(mask, v, at < width ? own + (int)delta : -1);
}

template <class T>
T __shfl_up_sync(unsigned mask, T v, unsigned delta, int width = 32) {
    int own = (int)runner_lane();
    return runner_shuffle(mask, v, own % width >= (int)delta ? own - (int)delta : -1);
}

template <class T>
T __shfl_xor_sync(unsigned mask, T v, int bits, int width = 32) {
    int own = (int)runner_lane(), from = own ^ bits;
    return runner_shuffle(mask, v, from / width == own / width ? from : -1);
}

inline unsigned __ballot_sync(unsigned mask, int p) { return runner_ballot(mask, p); }
inline int __any_sync(unsigned mask, int p) { return runner_ballot(mask, p) != 0; }
inline int __all_sync(unsigned mask, int p) { return runner_ballot(mask, p) == mask; }

inline int __syncthreads_or(int p) {
    static thread_local int any;
    runner_sync_block();
    if (threadIdx.x == 0 && threadIdx.y == 0 && threadIdx.z == 0) any = 0;
    runner_sync_block();
    if (p) __atomic_store_n(&any, 1, __ATOMIC_RELAXED);
    runner_sync_block();
    return __atomic_load_n(&any, __ATOMIC_RELAXED);
}
inline int __syncthreads_and(int p) { return !__syncthreads_or(!p); }
inline int __syncthreads_count(int p) {
    static thread_local int n;
    runner_sync_block();
    if (threadIdx.x == 0 && threadIdx.y == 0 && threadIdx.z == 0) n = 0;
    runner_sync_block();
    if (p) __atomic_fetch_add(&n, 1, __ATOMIC_RELAXED);
    runner_sync_block();
    return __atomic_load_n(&n, __ATOMIC_RELAXED);
}
