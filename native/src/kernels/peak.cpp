#include "kernels/peak.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "kernels/kernels.h"

namespace lagotto {
namespace {

double flops(void (*multiply)(const Product&, Scratch&), bool bf16) {
    constexpr int64_t tokens = 480, size = 1024;
    const std::vector<float> x(tokens * size, 0.5f), w(size * size, 0.5f);
    std::vector<float> y(tokens * size);
    const size_t bytes = bf16 ? 2 : 4;
    const auto bytesOf = [](const std::vector<float>& values) {
        return reinterpret_cast<const std::byte*>(values.data());
    };
    const Product product{.rows = tokens,
                          .begin = 0,
                          .end = size,
                          .terms = {{size,
                                     {.data = bytesOf(x), .stride = size * sizeof(float)},
                                     {.data = bytesOf(w), .stride = size * bytes, .bf16 = bf16, .blockBytes = bytes}}},
                          .count = 1,
                          .from = nullptr,
                          .fromRow = 0,
                          .c = y.data(),
                          .cRow = size};
    Scratch scratch;
    double best = 0;
    for (int i = 0; i < 12; i++) {
        const auto start = std::chrono::steady_clock::now();
        multiply(product, scratch);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        best = std::max(best, 2.0 * tokens * size * size / taken.count());
    }
    return best;
}

}  // namespace

Peak measurePeak() {
    const Kernels& k = kernels();
    const double f32 = flops(k.multiply, false);
    return {k.name, f32, k.multiplyBf16 ? flops(k.multiplyBf16, true) : f32};
}

}  // namespace lagotto
