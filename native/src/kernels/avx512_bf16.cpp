#include <immintrin.h>

#include "kernels/product.h"

namespace lagotto {
namespace {

// Pairs of BF16 along the inner dimension, multiplied and added to F32 sums by one instruction.
struct Bf16Kernel {
    using Packed = uint32_t;
    static constexpr int64_t step = 2;
    static constexpr int64_t rows = 12;
    static constexpr int64_t columns = 32;

    // Rounds to nearest, ties to even.
    static uint32_t round(float value) {
        uint32_t bits;
        __builtin_memcpy(&bits, &value, sizeof bits);
        return (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16;
    }
    static uint32_t pack(const float* values) { return round(values[0]) | round(values[1]) << 16; }

    static void run(const uint32_t* a, const uint32_t* b, int64_t depth, float* c, int64_t cRow, bool add) {
        __m512 sums[rows][2];
        LAGOTTO_UNROLL
        for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = _mm512_setzero_ps();
        for (int64_t k = 0; k < depth; k++) {
            const auto b0 = (__m512bh)_mm512_loadu_si512(b + k * columns);
            const auto b1 = (__m512bh)_mm512_loadu_si512(b + k * columns + 16);
            LAGOTTO_UNROLL
            for (int i = 0; i < rows; i++) {
                const auto x = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[k * rows + i]));
                sums[i][0] = _mm512_dpbf16_ps(sums[i][0], x, b0);
                sums[i][1] = _mm512_dpbf16_ps(sums[i][1], x, b1);
            }
        }
        LAGOTTO_UNROLL
        for (int i = 0; i < rows; i++) {
            float* low = c + i * cRow;
            float* high = low + 16;
            _mm512_storeu_ps(low, add ? _mm512_add_ps(_mm512_loadu_ps(low), sums[i][0]) : sums[i][0]);
            _mm512_storeu_ps(high, add ? _mm512_add_ps(_mm512_loadu_ps(high), sums[i][1]) : sums[i][1]);
        }
    }
};

}  // namespace

void multiplyAvx512Bf16(const Product& product, Scratch& scratch) { multiplyBlocks<Bf16Kernel>(product, scratch); }

}  // namespace lagotto
