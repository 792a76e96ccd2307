#include "kernels/avx512_bf16_packing.h"
#include "kernels/product.h"

namespace lagotto {
namespace {

// Pairs of BF16 along the inner dimension, multiplied and added to F32 sums by one instruction.
template <int Rows, int Vectors>
struct Bf16Kernel {
    using Packed = uint32_t;
    using Left = Bf16Kernel;
    static constexpr int64_t step = 2;
    static constexpr int64_t rows = Rows;
    static constexpr int64_t columns = Vectors * 16;

    template <int64_t Width, class Element>
    static void turn(const Element* const* lines, int64_t count, int64_t inner, uint32_t* out) {
        turnVectors<Width>(count, (inner + 1) / 2, out, [&](int64_t line, int64_t pair, int64_t) {
            return lines[line] ? loadPairs(lines[line] + 2 * pair, inner - 2 * pair) : _mm512_setzero_si512();
        });
    }

    template <int64_t Width, class Element>
    static void interleave(const Element* const* two, int64_t count, uint32_t* out) {
        for (int64_t lane = 0; lane < Width; lane += 16) {
            const __mmask16 lanes = firstLanes(count - lane);
            const __m512i pairs = loadPairs(two[0] + lane, two[1] ? two[1] + lane : nullptr, lanes);
            if (Width - lane >= 16) {
                _mm512_storeu_si512(out + lane, pairs);
            } else {
                _mm512_mask_storeu_epi32(out + lane, firstLanes(Width - lane), pairs);
            }
        }
    }

    static void run(const uint32_t* a, const uint32_t* b, int64_t depth, float* c, int64_t cRow, const float* from,
                    int64_t fromRow) {
        __m512 sums[Rows][Vectors];
        LAGOTTO_UNROLL
        for (int i = 0; i < Rows; i++) {
            LAGOTTO_UNROLL
            for (int j = 0; j < Vectors; j++) sums[i][j] = _mm512_setzero_ps();
            __builtin_prefetch(c + i * cRow, 1);
            if (Vectors > 1) __builtin_prefetch(c + i * cRow + 16, 1);
        }
        for (int64_t k = 0; k < depth; k++) {
            __m512bh right[Vectors];
            LAGOTTO_UNROLL
            for (int j = 0; j < Vectors; j++) right[j] = (__m512bh)_mm512_loadu_si512(b + k * columns + 16 * j);
            LAGOTTO_UNROLL
            for (int i = 0; i < Rows; i++) {
                const auto x = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[k * Rows + i]));
                LAGOTTO_UNROLL
                for (int j = 0; j < Vectors; j++) sums[i][j] = _mm512_dpbf16_ps(sums[i][j], x, right[j]);
            }
        }
        LAGOTTO_UNROLL
        for (int i = 0; i < Rows; i++) {
            LAGOTTO_UNROLL
            for (int j = 0; j < Vectors; j++) {
                const float* before = from + i * fromRow + 16 * j;
                const __m512 sum = from ? _mm512_add_ps(_mm512_loadu_ps(before), sums[i][j]) : sums[i][j];
                _mm512_storeu_ps(c + i * cRow + 16 * j, sum);
            }
        }
    }
};

using Wide = Bf16Kernel<12, 2>;

}  // namespace

void multiplyAvx512Bf16(const Product& product, Scratch& scratch) {
    multiplyBest<Bf16Kernel<24, 1>, Wide, Wide>(product, scratch);
}

}  // namespace lagotto
