// Factors of products as tensor cores take them, for the stand-ins of libraries.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace runner {

// rounded keeps that many bits of a float's fraction, to nearest even.
inline float rounded(float x, int bits) {
    if (!std::isfinite(x)) return x;
    uint32_t u;
    memcpy(&u, &x, 4);
    int drop = 23 - bits;
    u += (1u << (drop - 1)) - 1 + (u >> drop & 1);
    u = u >> drop << drop;
    memcpy(&x, &u, 4);
    return x;
}

}  // namespace runner
