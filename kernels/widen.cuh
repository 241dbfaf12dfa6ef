// Elements of a dataset as numbers: float16, bfloat16, float32 and float64 as they are, uint8 as x/255.
#pragma once
#include "elements.cuh"

struct half_bits { uint16_t bits; };     // IEEE 754 half precision
struct bfloat16_bits { uint16_t bits; }; // the upper half of a float32

__device__ inline float widened(float v) { return v; }
__device__ inline double widened(double v) { return v; }
__device__ inline int widened(int v) { return v; }
__device__ inline float widened(bfloat16_bits v) { return __uint_as_float(uint32_t(v.bits) << 16); }

// widened of a half shifts exponent and fraction into place and corrects the exponent's bias by an
// exact product, which normalises subnormal numbers too.
__device__ inline float widened(half_bits v) {
    uint32_t sign = uint32_t(v.bits >> 15) << 31, rest = uint32_t(v.bits & 0x7FFF) << 13;
    if (rest >= 31u << 23) return __uint_as_float(sign | 0x7F800000u | (rest & 0x7FFFFFu)); // infinite or NaN
    return __uint_as_float(sign | __float_as_uint(mul(__uint_as_float(rest), 0x1p112f)));
}

// as is the element in dst's type.
template <typename D, typename S> __device__ inline D as(S v) { return D(widened(v)); }
template <> __device__ inline float as<float, uint8_t>(uint8_t v) { return over(float(v), 255.0f); }
template <> __device__ inline double as<double, uint8_t>(uint8_t v) { return over(double(v), 255.0); }
