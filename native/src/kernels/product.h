#pragma once

#include "kernels/packing.h"

// The blocked matrix product of Goto and van de Geijn (2008), for files that are compiled for one instruction set each.

namespace lagotto {
namespace {

// Blocks: rows × depth of A are packed once and stay in the L2 or L3 cache; columns × inner of B stay in L2.
constexpr int64_t blockDepth = 4096;
constexpr int64_t blockColumns = 256;

// A run of k within one term.
struct Slice {
    int64_t term, k, inner;
};
constexpr int64_t mostSlices = blockDepth / blockInner + Product::most;

// The slices from a point on, `blockDepth` deep at most; moves the point behind them. Returns their number.
inline int64_t nextSlices(const Product& p, Slice& point, Slice* slices) {
    int64_t count = 0, depth = 0;
    while (point.term < p.count && count < mostSlices && depth + blockInner <= blockDepth) {
        const int64_t left = p.terms[point.term].inner - point.k;
        const int64_t inner = least(blockInner, left);
        slices[count++] = {point.term, point.k, inner};
        depth += inner;
        point = inner == left ? Slice{point.term + 1, 0, 0} : Slice{point.term, point.k + inner, 0};
    }
    return count;
}

// One tile of C from packed panels. At the edges the kernel writes beside C.
template <class Kernel>
inline void multiplyTile(const Product& p, int64_t row, int64_t high, int64_t column, int64_t wide,
                         const typename Kernel::Packed* a, const typename Kernel::Packed* b, int64_t steps,
                         bool first) {
    float* c = p.c + row * p.cRow + column;
    const float* from = !first ? c : p.from ? p.from + row * p.fromRow + column : nullptr;
    const int64_t fromRow = first ? p.fromRow : p.cRow;
    if (wide == Kernel::columns && high == Kernel::rows) return Kernel::run(a, b, steps, c, p.cRow, from, fromRow);
    alignas(64) float edge[Kernel::rows * Kernel::columns];
    Kernel::run(a, b, steps, edge, Kernel::columns, nullptr, 0);
    for (int64_t y = 0; y < high; y++) {
        for (int64_t x = 0; x < wide; x++) {
            c[y * p.cRow + x] = edge[y * Kernel::columns + x] + (from ? from[y * fromRow + x] : 0.0f);
        }
    }
}

// `Kernel` packs B itself, and says with `Left` who packs A.
template <class Kernel>
void multiplyBlocks(const Product& p, Scratch& scratch) {
    using Packed = typename Kernel::Packed;
    // Blocks of equal height.
    const int64_t mostRows = blockLines / Kernel::rows * Kernel::rows;
    const int64_t blocks = (p.rows + mostRows - 1) / mostRows;
    const int64_t blockRows = roundUp((p.rows + blocks - 1) / blocks, Kernel::rows);
    constexpr int64_t widest = (blockColumns + Kernel::columns - 1) / Kernel::columns * Kernel::columns;
    constexpr int64_t sizeB = widest * blockInner / Kernel::step;
    // Kernels may write a vector behind the last panel.
    const int64_t sizeA = blockRows * (blockDepth / Kernel::step + Product::most) + 16;
    Packed* packedB = static_cast<Packed*>(scratch.reserve((sizeB + 16 + sizeA) * sizeof(Packed)));
    Packed* packedA = packedB + sizeB + 16;

    Slice point{0, 0, 0}, slices[mostSlices];
    bool first = true;
    while (const int64_t count = nextSlices(p, point, slices)) {
        for (int64_t row = 0; row < p.rows; row += blockRows) {
            const int64_t rows = least(blockRows, p.rows - row);
            Packed* startsA[mostSlices];
            Packed* nextA = packedA;
            for (int64_t s = 0; s < count; s++) {
                const auto [term, k, inner] = slices[s];
                startsA[s] = nextA;
                pack<typename Kernel::Left, Kernel::rows>(p.terms[term].a, row, rows, k, inner, nextA);
                nextA += roundUp(inner, Kernel::step) / Kernel::step * roundUp(rows, Kernel::rows);
            }
            for (int64_t column = p.begin; column < p.end; column += blockColumns) {
                const int64_t columns = least(blockColumns, p.end - column);
                for (int64_t s = 0; s < count; s++) {
                    const auto [term, k, inner] = slices[s];
                    const int64_t steps = roundUp(inner, Kernel::step) / Kernel::step;
                    pack<Kernel, Kernel::columns>(p.terms[term].b, column, columns, k, inner, packedB);
                    for (int64_t j = 0; j < columns; j += Kernel::columns) {
                        for (int64_t i = 0; i < rows; i += Kernel::rows) {
                            multiplyTile<Kernel>(p, row + i, least(Kernel::rows, rows - i), column + j,
                                                 least(Kernel::columns, columns - j), startsA[s] + i * steps,
                                                 packedB + j * steps, steps, first && s == 0);
                        }
                    }
                }
            }
        }
        first = false;
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
    using Left = FloatKernel;
    static constexpr int64_t step = 1;
    static constexpr int64_t rows = Rows;
    static constexpr int64_t columns = Vectors * Lanes;
    typedef float Vector __attribute__((vector_size(Lanes * sizeof(float))));

    static float pack(const float* value, int64_t, int64_t) { return *value; }

    static Vector load(const float* from) {
        Vector vector;
        __builtin_memcpy(&vector, from, sizeof vector);
        return vector;
    }
    static void store(float* into, Vector vector) { __builtin_memcpy(into, &vector, sizeof vector); }

    /// C = from + A · B; `from` may be null or C itself.
    static void run(const float* a, const float* b, int64_t depth, float* c, int64_t cRow, const float* from,
                    int64_t fromRow) {
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
                const float* before = from + i * fromRow + j * Lanes;
                store(c + i * cRow + j * Lanes, from ? load(before) + sums[i][j] : sums[i][j]);
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
