#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/products.h"

// What attention works with, a tile of queries of one head at a time; for the files that compute it.

namespace lagotto {
namespace {

constexpr int64_t tile = 96;

// A matrix in memory: rows of `size` floats, `stride` apart.
struct Rows {
    float* data;
    int64_t stride;
    Rows from(int64_t row) const { return {data + row * stride, stride}; }
};

inline Rows headOf(const ggml_tensor* x, int64_t head, int64_t token) {
    const int64_t stride = static_cast<int64_t>(x->nb[2] / sizeof(float));
    return {static_cast<float*>(x->data) + head * static_cast<int64_t>(x->nb[1] / sizeof(float)) + token * stride,
            stride};
}

// Products of one tile, for one thread.
class Products {
public:
    explicit Products(bool bf16)
        : multiply_(bf16 && kernels().multiplyBf16 ? kernels().multiplyBf16 : kernels().multiply) {}

    // c [rows, columns] = (transposeA ? aᵀ : a) · (across ? b : bᵀ)
    void operator()(Rows c, Rows a, Rows b, int64_t rows, int64_t columns, int64_t inner, bool transposeA, bool across,
                    bool add) const {
        multiply_({.rows = rows,
                   .begin = 0,
                   .end = columns,
                   .terms = {{inner, operandOf(a, transposeA), operandOf(b, across)}},
                   .count = 1,
                   .from = add ? c.data : nullptr,
                   .fromRow = c.stride,
                   .c = c.data,
                   .cRow = c.stride},
                  threadScratch());
    }

private:
    static Operand operandOf(Rows x, bool across) {
        return {
            .data = reinterpret_cast<const std::byte*>(x.data), .stride = x.stride * sizeof(float), .across = across};
    }

    void (*multiply_)(const Product&, Scratch&);
};

// Turns scores [count, seen] into attention weights: query i sees the keys up to start + i.
inline void softmax(Rows scores, int64_t start, int64_t count, int64_t seen, float scale) {
    for (int64_t i = 0; i < count; i++) kernels().rows.softmax(scores.from(i).data, start + i + 1, seen, scale);
}

struct Buffers {
    std::vector<float> weights, gradients;
};

inline Buffers& threadBuffers() {
    static thread_local Buffers buffers;
    return buffers;
}

inline float scaleOf(const ggml_tensor* queries) { return 1.0f / std::sqrt(static_cast<float>(queries->ne[0])); }

}  // namespace
}  // namespace lagotto
