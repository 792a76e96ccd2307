// Kernels against sums in double precision, without ggml, so that they can be tried for processors that are only
// emulated (arm.ts). Prints the largest relative error of each kind; exit code 1 when one is too large.

#include "kernels/kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

using namespace lagotto;

namespace {

uint32_t state = 1;
float noise() {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
}
std::vector<float> noises(int64_t count) {
    std::vector<float> values(count);
    std::ranges::generate(values, noise);
    return values;
}

double worst(const std::vector<float>& actual, const std::vector<double>& expected) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < expected.size(); i++) {
        difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
        norm += expected[i] * expected[i];
    }
    return std::sqrt(difference / norm);
}

void decodeBf16(const void* from, float* into, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        uint16_t half;
        std::memcpy(&half, static_cast<const char*>(from) + 2 * i, sizeof half);
        const uint32_t bits = static_cast<uint32_t>(half) << 16;
        std::memcpy(into + i, &bits, sizeof bits);
    }
}

// A random matrix in memory as an operand, and its values.
struct Matrix {
    Matrix(int64_t lines, int64_t inner, bool across, bool bf16) : values(noises(lines * inner)), stride(inner) {
        const int64_t rows = across ? inner : lines, columns = (across ? lines : inner) + 3;
        floats.assign(rows * columns, NAN);
        halves.assign(rows * columns, 0);
        for (int64_t line = 0; line < lines; line++) {
            for (int64_t k = 0; k < inner; k++) {
                uint32_t bits;
                float& value = values[line * inner + k];
                std::memcpy(&bits, &value, sizeof bits);
                if (bf16) bits &= 0xffff0000u;
                std::memcpy(&value, &bits, sizeof bits);
                const int64_t at = across ? k * columns + line : line * columns + k;
                floats[at] = value;
                halves[at] = static_cast<uint16_t>(bits >> 16);
            }
        }
        operand.across = across;
        operand.data = reinterpret_cast<const std::byte*>(floats.data());
        operand.stride = columns * sizeof(float);
        if (!bf16) return;
        operand.data = reinterpret_cast<const std::byte*>(halves.data());
        operand.stride = columns * sizeof(uint16_t);
        operand.bf16 = true;
        operand.decode = decodeBf16;
        operand.blockBytes = sizeof(uint16_t);
    }
    double at(int64_t line, int64_t k) const { return values[line * stride + k]; }

    std::vector<float> values, floats;
    std::vector<uint16_t> halves;
    int64_t stride;
    Operand operand{};
};

double products(void (*multiply)(const Product&, Scratch&), bool rounded) {
    double error = 0;
    Scratch scratch;
    // Smaller than any block, larger than each.
    for (const auto& [rows, columns, inner] : std::vector<std::array<int64_t, 3>>{
             {1, 5, 1}, {13, 16, 31}, {25, 300, 300}, {600, 20, 70}, {7, 70, 520}, {9, 9, 4200}, {40, 50, 4200}}) {
        const bool bf16 = rounded || (rows + columns + inner) % 2 == 0;
        for (int ways = 0; ways < 4; ways++) {
            const Matrix a(rows, inner, ways & 1, bf16), b(columns, inner, ways & 2, bf16);
            const Matrix c(rows, 8, false, bf16), d(columns, 8, false, bf16);
            const auto start = noises(rows * columns);
            std::vector<float> result(rows * columns, NAN);
            multiply({.rows = rows,
                      .begin = 0,
                      .end = columns,
                      .terms = {{inner, a.operand, b.operand}, {8, c.operand, d.operand}},
                      .count = 2,
                      .from = ways == 0 ? nullptr : start.data(),
                      .fromRow = ways == 1 ? 0 : columns,
                      .c = result.data(),
                      .cRow = columns},
                     scratch);
            std::vector<double> expected(rows * columns);
            for (int64_t i = 0; i < rows; i++) {
                for (int64_t j = 0; j < columns; j++) {
                    double& sum = expected[i * columns + j];
                    sum = ways == 0 ? 0 : start[(ways == 1 ? 0 : i * columns) + j];
                    for (int64_t k = 0; k < inner; k++) sum += a.at(i, k) * b.at(j, k);
                    for (int64_t k = 0; k < 8; k++) sum += c.at(i, k) * d.at(j, k);
                }
            }
            error = std::max(error, worst(result, expected));
        }
    }
    return error;
}

double rowWork(const RowKernels& work) {
    constexpr int64_t n = 1003;
    constexpr float epsilon = 1e-6f;
    const auto x = noises(n), weight = noises(n), gradient = noises(n), onto = noises(n);
    std::vector<float> out(n), other(n);
    double error = 0, squares = 0, along = 0;
    const auto check = [&](const std::vector<float>& actual, const std::function<double(int64_t)>& expected) {
        std::vector<double> values(n);
        for (int64_t i = 0; i < n; i++) values[i] = expected(i);
        error = std::max(error, worst(actual, values));
    };
    for (int64_t i = 0; i < n; i++) squares += static_cast<double>(x[i]) * x[i];
    const double root = std::sqrt(squares / n + epsilon);
    for (int64_t i = 0; i < n; i++) along += static_cast<double>(gradient[i]) * weight[i] * x[i] / root / n;
    work.norm(x.data(), weight.data(), out.data(), n, epsilon);
    check(out, [&](int64_t i) { return x[i] / root * weight[i]; });
    const auto back = [&](int64_t i) { return (gradient[i] * weight[i] - x[i] / root * along) / root; };
    work.normBackward(gradient.data(), x.data(), weight.data(), nullptr, out.data(), n, epsilon);
    check(out, back);
    work.normBackward(gradient.data(), x.data(), weight.data(), onto.data(), out.data(), n, epsilon);
    check(out, [&](int64_t i) { return onto[i] + back(i); });
    out = onto;
    work.addNormGradient(gradient.data(), x.data(), out.data(), n, epsilon);
    check(out, [&](int64_t i) { return onto[i] + gradient[i] * x[i] / root; });

    auto gate = x;
    for (float& value : gate) value *= 40;
    const auto sigmoid = [&](int64_t i) { return 1 / (1 + std::exp(-static_cast<double>(gate[i]))); };
    work.gate(gate.data(), weight.data(), out.data(), n);
    check(out, [&](int64_t i) { return gate[i] * sigmoid(i) * weight[i]; });
    work.gateBackward(gate.data(), weight.data(), gradient.data(), out.data(), other.data(), n);
    check(out, [&](int64_t i) { return gradient[i] * weight[i] * sigmoid(i) * (1 + gate[i] * (1 - sigmoid(i))); });
    check(other, [&](int64_t i) { return gradient[i] * gate[i] * sigmoid(i); });

    constexpr int64_t visible = 700;
    double sum = 0;
    for (int64_t i = 0; i < visible; i++) sum += std::exp(0.3 * gate[i]);
    out = gate;
    work.softmax(out.data(), visible, n, 0.3f);
    check(out, [&](int64_t i) { return i < visible ? std::exp(0.3 * gate[i]) / sum : 0.0; });
    double mean = 0;
    for (int64_t i = 0; i < 64; i++) mean += static_cast<double>(x[i]) * gradient[i];
    other = onto;
    work.softmaxBackward(weight.data(), x.data(), gradient.data(), 64, other.data(), n, 0.3f);
    check(other, [&](int64_t i) { return weight[i] * (onto[i] - mean) * 0.3; });

    // Attention of one query: a size that is no multiple of what is done at once.
    constexpr int64_t size = 7, capacity = 130, seen = 101;
    std::vector<double> shares(seen);
    double total = 0;
    for (int64_t i = 0; i < seen; i++) {
        double score = 0;
        for (int64_t d = 0; d < size; d++) score += static_cast<double>(gradient[d]) * x[d * capacity + i];
        total += shares[i] = std::exp(0.3 * score);
    }
    work.attend(gradient.data(), x.data(), weight.data(), size, capacity, seen, 0.3f, other.data(), out.data());
    std::ranges::fill(out.begin() + size, out.end(), 0.0f);
    check(out, [&](int64_t d) {
        double result = 0;
        for (int64_t i = 0; i < seen && d < size; i++) result += shares[i] / total * weight[d * capacity + i];
        return result;
    });
    return error;
}

}  // namespace

int main() {
    const Kernels& k = kernels();
    const double exact = products(k.multiply, false);
    const double rounded = k.multiplyBf16 ? products(k.multiplyBf16, true) : 0;
    const double rows = rowWork(k.rows);
    const bool good = exact < 1e-5 && rounded < 1e-5 && rows < 1e-5;
    std::printf("%s %s: products %.1e, of BF16 %.1e, rows %.1e\n", good ? "ok    " : "FAILED", k.name, exact, rounded,
                rows);
    return good ? 0 : 1;
}
