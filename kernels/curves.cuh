// Functions of one number that several kernels need.
#pragma once
#include "arith.cuh"

// sigmoid is 1 / (1 + e⁻ˣ). It takes the exponential of −|x| alone, which does not overflow.
template <typename T> __device__ inline T sigmoid(T x) {
    T e = exp(-fabs(x));
    return x < T(0) ? e / (T(1) + e) : T(1) / (T(1) + e);
}

// normal is the normal distribution function Φ, density its derivative φ.
template <typename T> __device__ inline T normal(T x) { return erfc(-x * T(0.70710678118654752440)) / T(2); }
template <typename T> __device__ inline T density(T x) { return exp(-x * x / T(2)) * T(0.39894228040143267794); }

// gelu is x Φ(x) (Hendrycks and Gimpel 2016).
template <typename T> __device__ inline T gelu(T x) { return x * normal(x); }
