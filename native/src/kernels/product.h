#pragma once

#include "kernels/kernels.h"

// The blocked matrix product of Goto and van de Geijn (2008), for files that are compiled for one instruction set each.
// Everything is in an unnamed namespace and nothing comes from the standard library: an inline function that two files
// share would be linked once, perhaps with instructions that this processor does not have.

namespace lagotto {
namespace {

// Blocks: rows × depth of A are packed once and stay in the L2 or L3 cache; columns × inner of B stay in L2.
constexpr int64_t blockRows = 480;
constexpr int64_t blockDepth = 4096;
constexpr int64_t blockColumns = 256;
constexpr int64_t blockInner = 256;

inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t roundUp(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

// Packs a block of A: panels of Kernel::rows rows, in each the values of one k (or pair of k) side by side.
template <class Kernel>
void packA(const Product& p, int64_t row, int64_t rows, int64_t k, int64_t depth, typename Kernel::Packed* out) {
    for (int64_t i = 0; i < rows; i += Kernel::rows) {
        const int64_t some = least(Kernel::rows, rows - i);
        for (int64_t r = 0; r < Kernel::rows; r++) {
            const float* from = p.a + (row + i + (r < some ? r : 0)) * p.aRow + k * p.aStep;
            for (int64_t d = 0; d < depth; d += Kernel::step) {
                float values[Kernel::step];
                for (int64_t s = 0; s < Kernel::step; s++) {
                    values[s] = r < some && d + s < depth ? from[(d + s) * p.aStep] : 0.0f;
                }
                out[d / Kernel::step * Kernel::rows + r] = Kernel::pack(values);
            }
        }
        out += roundUp(depth, Kernel::step) / Kernel::step * Kernel::rows;
    }
}

// Floats of one row of B from column `from` on, without a copy where they are floats already.
inline const float* rowOfB(const Product& p, int64_t row, int64_t from, int64_t count, float* buffer) {
    const std::byte* data = p.b + row * p.bRowBytes + from / p.blockElements * p.blockBytes;
    if (!p.decode) return reinterpret_cast<const float*>(data);
    p.decode(data, buffer, roundUp(count, p.blockElements));
    return buffer;
}

// packB() for rows that are BF16 already: pairs of bits change their places, nothing is rounded.
template <class Kernel>
void packBf16(const Product& p, int64_t column, int64_t columns, int64_t k, int64_t inner, uint32_t* out) {
    const int64_t panel = roundUp(inner, 2) / 2 * Kernel::columns;
    const auto row = [&](int64_t index, int64_t from) {
        return reinterpret_cast<const uint16_t*>(p.b + index * p.bRowBytes) + from;
    };
    for (int64_t first = 0; first < columns; first += Kernel::columns, out += panel) {
        const int64_t some = least(Kernel::columns, columns - first);
        if (!p.across) {
            for (int64_t j = 0; j < Kernel::columns; j++) {
                const uint16_t* from = row(column + first + (j < some ? j : 0), k);
                for (int64_t d = 0; d + 1 < inner; d += 2) {
                    uint32_t pair;
                    __builtin_memcpy(&pair, from + d, sizeof pair);
                    out[d / 2 * Kernel::columns + j] = pair;
                }
                if (inner % 2 == 1) out[inner / 2 * Kernel::columns + j] = from[inner - 1];
            }
            continue;
        }
        for (int64_t d = 0; d < inner; d += 2) {
            const uint16_t* low = row(k + d, column + first);
            const uint16_t* high = d + 1 < inner ? row(k + d + 1, column + first) : nullptr;
            uint32_t* into = out + d / 2 * Kernel::columns;
            if (high && some == Kernel::columns) {
                for (int64_t j = 0; j < Kernel::columns; j++) into[j] = low[j] | static_cast<uint32_t>(high[j]) << 16;
                continue;
            }
            for (int64_t j = 0; j < Kernel::columns; j++) {
                into[j] = j < some ? low[j] | (high ? static_cast<uint32_t>(high[j]) << 16 : 0) : 0;
            }
        }
    }
}

// Packs a block of B: panels of Kernel::columns columns.
template <class Kernel>
void packB(const Product& p, int64_t column, int64_t columns, int64_t k, int64_t inner, typename Kernel::Packed* out) {
    const int64_t panel = roundUp(inner, Kernel::step) / Kernel::step * Kernel::columns;
    if constexpr (Kernel::step == 2) {
        if (p.bf16) return packBf16<Kernel>(p, column, columns, k, inner, out);
    }
    float buffers[Kernel::step][blockColumns];
    if (!p.across) {
        for (int64_t j = 0; j < roundUp(columns, Kernel::columns); j++) {
            const float* from = j < columns ? rowOfB(p, column + j, k, inner, buffers[0]) : nullptr;
            typename Kernel::Packed* into = out + j / Kernel::columns * panel + j % Kernel::columns;
            for (int64_t d = 0; d < inner; d += Kernel::step) {
                float values[Kernel::step];
                for (int64_t s = 0; s < Kernel::step; s++) values[s] = from && d + s < inner ? from[d + s] : 0.0f;
                into[d / Kernel::step * Kernel::columns] = Kernel::pack(values);
            }
        }
        return;
    }
    for (int64_t d = 0; d < inner; d += Kernel::step) {
        const float* from[Kernel::step];
        for (int64_t s = 0; s < Kernel::step; s++) {
            from[s] = d + s < inner ? rowOfB(p, k + d + s, column, columns, buffers[s]) : nullptr;
        }
        for (int64_t j = 0; j < roundUp(columns, Kernel::columns); j++) {
            float values[Kernel::step];
            for (int64_t s = 0; s < Kernel::step; s++) values[s] = from[s] && j < columns ? from[s][j] : 0.0f;
            out[j / Kernel::columns * panel + d / Kernel::step * Kernel::columns + j % Kernel::columns] =
                Kernel::pack(values);
        }
    }
}

template <class Kernel>
void multiplyBlocks(const Product& p, Scratch& scratch) {
    using Packed = typename Kernel::Packed;
    const int64_t depthUsed = roundUp(least(p.inner, blockDepth), Kernel::step) / Kernel::step;
    const int64_t rowsUsed = roundUp(least(p.rows, blockRows), Kernel::rows);
    constexpr int64_t sizeB = blockColumns * blockInner / Kernel::step;
    Packed* packedB = static_cast<Packed*>(scratch.reserve((sizeB + rowsUsed * depthUsed) * sizeof(Packed)));
    Packed* packedA = packedB + sizeB;
    alignas(64) float edge[Kernel::rows * Kernel::columns];

    for (int64_t depth = 0; depth < p.inner; depth += blockDepth) {
        const int64_t depths = least(blockDepth, p.inner - depth);
        for (int64_t row = 0; row < p.rows; row += blockRows) {
            const int64_t rows = least(blockRows, p.rows - row);
            // In slices of blockInner, as the products below want them.
            for (int64_t k = 0; k < depths; k += blockInner) {
                packA<Kernel>(p, row, rows, depth + k, least(blockInner, depths - k),
                              packedA + k / Kernel::step * roundUp(rows, Kernel::rows));
            }
            for (int64_t column = p.begin; column < p.end; column += blockColumns) {
                const int64_t columns = least(blockColumns, p.end - column);
                for (int64_t k = 0; k < depths; k += blockInner) {
                    const int64_t inner = least(blockInner, depths - k);
                    const int64_t steps = roundUp(inner, Kernel::step) / Kernel::step;
                    const bool add = p.add || depth + k > 0;
                    packB<Kernel>(p, column, columns, depth + k, inner, packedB);
                    const Packed* a = packedA + k / Kernel::step * roundUp(rows, Kernel::rows);
                    for (int64_t j = 0; j < columns; j += Kernel::columns) {
                        const Packed* b = packedB + j * steps;
                        const int64_t wide = least(Kernel::columns, columns - j);
                        for (int64_t i = 0; i < rows; i += Kernel::rows) {
                            const int64_t high = least(Kernel::rows, rows - i);
                            float* c = p.c + (row + i) * p.cRow + column + j;
                            if (wide == Kernel::columns && high == Kernel::rows) {
                                Kernel::run(a + i * steps, b, steps, c, p.cRow, add);
                                continue;
                            }
                            Kernel::run(a + i * steps, b, steps, edge, Kernel::columns, false);
                            for (int64_t y = 0; y < high; y++) {
                                for (int64_t x = 0; x < wide; x++) {
                                    float& target = c[y * p.cRow + x];
                                    target = edge[y * Kernel::columns + x] + (add ? target : 0.0f);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#if defined(__clang__)
#define LAGOTTO_UNROLL _Pragma("unroll")
#else
#define LAGOTTO_UNROLL _Pragma("GCC unroll 32")
#endif

// A tile of C held in registers: Rows × (Vectors · Lanes) sums. Written with vector types that every compiler maps to
// the instruction set of the file.
template <int Lanes, int Rows, int Vectors>
struct FloatKernel {
    using Packed = float;
    static constexpr int64_t step = 1;
    static constexpr int64_t rows = Rows;
    static constexpr int64_t columns = Vectors * Lanes;
    typedef float Vector __attribute__((vector_size(Lanes * sizeof(float))));

    static float pack(const float* value) { return *value; }

    static Vector load(const float* from) {
        Vector vector;
        __builtin_memcpy(&vector, from, sizeof vector);
        return vector;
    }
    static void store(float* into, Vector vector) { __builtin_memcpy(into, &vector, sizeof vector); }

    static void run(const float* a, const float* b, int64_t depth, float* c, int64_t cRow, bool add) {
        Vector sums[Rows][Vectors] = {};
        for (int64_t k = 0; k < depth; k++) {
            Vector right[Vectors];
            LAGOTTO_UNROLL
            for (int j = 0; j < Vectors; j++) right[j] = load(b + k * columns + j * Lanes);
            LAGOTTO_UNROLL
            for (int i = 0; i < Rows; i++) {
                LAGOTTO_UNROLL
                for (int j = 0; j < Vectors; j++) sums[i][j] += a[k * Rows + i] * right[j];
            }
        }
        LAGOTTO_UNROLL
        for (int i = 0; i < Rows; i++) {
            LAGOTTO_UNROLL
            for (int j = 0; j < Vectors; j++) {
                float* into = c + i * cRow + j * Lanes;
                store(into, add ? load(into) + sums[i][j] : sums[i][j]);
            }
        }
    }
};

// Few columns, as adapters have them, get kernels of their own: a wide one would compute mostly nothing.
template <class Narrow, class Middle, class Wide>
void multiplyBest(const Product& p, Scratch& scratch) {
    const int64_t columns = p.end - p.begin;
    if (columns <= Narrow::columns) return multiplyBlocks<Narrow>(p, scratch);
    if (columns <= Middle::columns) return multiplyBlocks<Middle>(p, scratch);
    multiplyBlocks<Wide>(p, scratch);
}

}  // namespace
}  // namespace lagotto
