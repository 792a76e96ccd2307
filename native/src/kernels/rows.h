#pragma once

#include "kernels/exponential.h"
#include "kernels/kernels.h"

// What is done to rows of numbers, in one pass over memory each. Like product.h for files that are compiled for one
// instruction set each; plain loops that compilers vectorize, with sums in several lanes for the same reason.

namespace lagotto {
namespace {

constexpr int64_t lanes = 32;

template <class Term>
inline float sumOf(int64_t count, Term&& term) {
    float sums[lanes] = {};
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (int64_t lane = 0; lane < lanes; lane++) sums[lane] += term(i + lane);
    }
    for (; i < count; i++) sums[0] += term(i);
    for (int64_t width = lanes / 2; width > 0; width /= 2) {
        for (int64_t lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
    }
    return sums[0];
}

inline float largestOf(const float* x, int64_t count) {
    float most[lanes];
    for (float& value : most) value = x[0];
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (int64_t lane = 0; lane < lanes; lane++) most[lane] = most[lane] > x[i + lane] ? most[lane] : x[i + lane];
    }
    for (; i < count; i++) most[0] = most[0] > x[i] ? most[0] : x[i];
    for (int64_t width = lanes / 2; width > 0; width /= 2) {
        for (int64_t lane = 0; lane < width; lane++) {
            most[lane] = most[lane] > most[lane + width] ? most[lane] : most[lane + width];
        }
    }
    return most[0];
}

inline float rootMeanSquare(const float* x, int64_t count, float epsilon) {
    return __builtin_sqrtf(sumOf(count, [&](int64_t i) { return x[i] * x[i]; }) / static_cast<float>(count) + epsilon);
}

void normRow(const float* x, const float* weight, float* out, int64_t count, float epsilon) {
    const float scale = 1.0f / rootMeanSquare(x, count, epsilon);
    for (int64_t i = 0; i < count; i++) out[i] = x[i] * scale * weight[i];
}

// With r = √(mean(x²) + ε) and n = x/r: dx = (dn − n · mean(n∘dn)) / r.
void normRowBackward(const float* gradient, const float* x, const float* weight, const float* onto, float* out,
                     int64_t count, float epsilon) {
    const float scale = 1.0f / rootMeanSquare(x, count, epsilon);
    const float product = sumOf(count, [&](int64_t i) { return gradient[i] * weight[i] * x[i]; });
    const float along = product * scale * scale * scale / static_cast<float>(count);
    if (onto) {
        for (int64_t i = 0; i < count; i++) out[i] = onto[i] + (gradient[i] * weight[i] * scale - x[i] * along);
    } else {
        for (int64_t i = 0; i < count; i++) out[i] = gradient[i] * weight[i] * scale - x[i] * along;
    }
}

void addNormRowGradient(const float* gradient, const float* x, float* sum, int64_t count, float epsilon) {
    const float scale = 1.0f / rootMeanSquare(x, count, epsilon);
    for (int64_t i = 0; i < count; i++) sum[i] += gradient[i] * x[i] * scale;
}

inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(x < -87.0f ? 87.0f : -x)); }

void gateRow(const float* gate, const float* up, float* out, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

void gateRowBackward(const float* gate, const float* up, const float* gradient, float* dGate, float* dUp,
                     int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const float s = sigmoid(gate[i]), d = gradient[i], u = up[i], x = gate[i];
        dUp[i] = d * x * s;
        dGate[i] = d * u * s * (1.0f + x * (1.0f - s));
    }
}

void softmaxRow(float* x, int64_t visible, int64_t count, float scale) {
    const float largest = largestOf(x, visible) * scale;
    for (int64_t i = 0; i < visible; i++) x[i] *= scale;
    const auto share = static_cast<float>(1.0 / sumOfExponentials(x, x, visible, largest));
    for (int64_t i = 0; i < visible; i++) x[i] *= share;
    for (int64_t i = visible; i < count; i++) x[i] = 0.0f;
}

void softmaxRowBackward(const float* weights, const float* result, const float* gradient, int64_t size, float* slopes,
                        int64_t count, float scale) {
    // Σ p ∘ dP is the product of result and gradient.
    const float mean = sumOf(size, [&](int64_t i) { return result[i] * gradient[i]; });
    for (int64_t i = 0; i < count; i++) slopes[i] = weights[i] * (slopes[i] - mean) * scale;
}

void attendRow(const float* query, const float* keys, const float* values, int64_t size, int64_t capacity, int64_t seen,
               float scale, float* weights, float* out) {
    for (int64_t i = 0; i < seen; i++) weights[i] = 0.0f;
    // Four rows at a time: the sums are read and written once for them.
    int64_t d = 0;
    for (; d + 4 <= size; d += 4) {
        const float q0 = query[d], q1 = query[d + 1], q2 = query[d + 2], q3 = query[d + 3];
        const float *k0 = keys + d * capacity, *k1 = k0 + capacity, *k2 = k1 + capacity, *k3 = k2 + capacity;
        for (int64_t i = 0; i < seen; i++) weights[i] += q0 * k0[i] + q1 * k1[i] + q2 * k2[i] + q3 * k3[i];
    }
    for (; d < size; d++) {
        const float* key = keys + d * capacity;
        for (int64_t i = 0; i < seen; i++) weights[i] += query[d] * key[i];
    }
    softmaxRow(weights, seen, seen, scale);
    for (d = 0; d < size; d++) {
        const float* value = values + d * capacity;
        out[d] = sumOf(seen, [&](int64_t i) { return weights[i] * value[i]; });
    }
}

constexpr RowKernels rowKernels = {normRow,          normRowBackward, addNormRowGradient, gateRow,
                                   gateRowBackward,  softmaxRow,      softmaxRowBackward, attendRow,
                                   sumOfExponentials};

}  // namespace
}  // namespace lagotto
