#pragma once

#if !defined(__clang__)
// GCC 12 takes its own headers' undefined vectors for mistakes.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include "kernels/packing.h"

// Packing with AVX-512: sixteen lines are turned at a time, in registers.

namespace lagotto {
namespace {

inline __mmask16 firstLanes(int64_t count) {
    return static_cast<__mmask16>(count >= 16 ? 0xffff : count <= 0 ? 0 : (1u << count) - 1);
}

// Transposes 16 vectors of 16 32-bit lanes.
inline void transpose(__m512i (&r)[16]) {
    __m512i t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    // Each vector now holds, in its quarters q, the lanes 4·q + (i mod 4) of lines 4·⌊i/4⌋ to 4·⌊i/4⌋ + 3.
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

// Turns lines of which load(line, from, left) gives 16 packed values at a time, into lanes of a panel.
template <int64_t Width, class Load>
inline void turnVectors(int64_t lines, int64_t steps, uint32_t* out, Load&& load) {
    for (int64_t step = 0; step < steps; step += 16) {
        __m512i r[16];
        for (int64_t line = 0; line < 16; line++) {
            r[line] = line < lines ? load(line, step, steps - step) : _mm512_setzero_si512();
        }
        transpose(r);
        const int64_t count = least(16, steps - step);
        uint32_t* into = out + step * Width;
        for (int64_t i = 0; i < count; i++, into += Width) {
            // Where a group is the whole panel, what is written too much is overwritten next.
            if (lines == 16 || lines == Width) {
                _mm512_storeu_si512(into, r[i]);
            } else {
                _mm512_mask_storeu_epi32(into, firstLanes(lines), r[i]);
            }
        }
    }
}

}  // namespace
}  // namespace lagotto
