#pragma once

#include <cstddef>
#include <cstdint>

// Like product.h: for files that are compiled for one instruction set each.

namespace lagotto {
namespace {

// exp(x) = 2ⁿ · exp(r) with |r| ≤ ln 2 / 2, r split in two parts (Cody and Waite 1980), and exp(r) by its Taylor
// polynomial. Plain arithmetic without branches, so that compilers vectorize it.
inline float exponential(float x) {
    // Below this the result is zero in F32; −∞ ends here too.
    const float bounded = x < -87.0f ? -87.0f : x;
    const float n = (bounded * 1.44269504f + 12582912.0f) - 12582912.0f;
    const float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.98412698e-4f;
    p = p * r + 1.38888889e-3f;
    p = p * r + 8.33333333e-3f;
    p = p * r + 4.16666667e-2f;
    p = p * r + 1.66666667e-1f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const float power = __builtin_bit_cast(float, (static_cast<int32_t>(n) + 127) << 23);
    return x < -87.0f ? 0.0f : p * power;
}

double sumOfExponentials(const float* x, float* out, size_t count, float shift) {
    // Blocks short enough for F32 sums to be exact to the last bits.
    constexpr size_t block = 256;
    double total = 0;
    for (size_t start = 0; start < count; start += block) {
        const size_t end = start + block < count ? start + block : count;
        for (size_t i = start; i < end; i++) out[i] = exponential(x[i] - shift);
        float sums[8] = {};
        size_t i = start;
        for (; i + 8 <= end; i += 8) {
            for (size_t lane = 0; lane < 8; lane++) sums[lane] += out[i + lane];
        }
        for (; i < end; i++) sums[0] += out[i];
        for (const float sum : sums) total += sum;
    }
    return total;
}

}  // namespace
}  // namespace lagotto
