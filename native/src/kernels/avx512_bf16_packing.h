#pragma once

#include "kernels/avx512_packing.h"

// Loads numbers as pairs of BF16: what stands together in 32 bits is multiplied and added up by one instruction.

namespace lagotto {
namespace {

// Sixteen floats or BF16 numbers, each in the lower half of a lane.
inline __m512i load(const float* from, __mmask16 lanes) {
    return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(lanes, from)));
}
inline __m512i load(const uint16_t* from, __mmask16 lanes) {
    return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, from));
}

// Sixteen pairs of neighbors, of which `left` numbers exist.
inline __m512i loadPairs(const float* from, int64_t left) {
    const __m512 low = _mm512_maskz_loadu_ps(firstLanes(left), from);
    const __m512 high = _mm512_maskz_loadu_ps(firstLanes(left - 16), from + 16);
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}
inline __m512i loadPairs(const uint16_t* from, int64_t left) {
    const uint32_t lanes = left >= 32 ? ~0u : (1u << left) - 1;
    return _mm512_maskz_loadu_epi16(lanes, from);
}

// Sixteen pairs of the numbers of two lines; the second may be null.
template <class Element>
inline __m512i loadPairs(const Element* first, const Element* second, __mmask16 lanes) {
    const __m512i low = load(first, lanes);
    return second ? _mm512_or_si512(low, _mm512_slli_epi32(load(second, lanes), 16)) : low;
}

}  // namespace
}  // namespace lagotto
