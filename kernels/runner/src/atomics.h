// CUDA's atomic functions: relaxed, each returning the old value.
#pragma once

template <class T, class F>
T runner_atomic(T* p, F change) {
    T old, next;
    __atomic_load(p, &old, __ATOMIC_RELAXED);
    do next = change(old);
    while (!__atomic_compare_exchange(p, &old, &next, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return old;
}

template <class T> T atomicAdd(T* p, T v) { return runner_atomic(p, [v](T x) { return (T)(x + v); }); }
template <class T> T atomicMax(T* p, T v) { return runner_atomic(p, [v](T x) { return x < v ? v : x; }); }
template <class T> T atomicMin(T* p, T v) { return runner_atomic(p, [v](T x) { return v < x ? v : x; }); }
template <class T> T atomicOr(T* p, T v) { return runner_atomic(p, [v](T x) { return (T)(x | v); }); }
template <class T> T atomicAnd(T* p, T v) { return runner_atomic(p, [v](T x) { return (T)(x & v); }); }
template <class T> T atomicExch(T* p, T v) { return runner_atomic(p, [v](T) { return v; }); }
template <class T> T atomicCAS(T* p, T expected, T v) {
    return runner_atomic(p, [expected, v](T x) { return x == expected ? v : x; });
}
