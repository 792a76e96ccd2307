#pragma once

#include "kernels/kernels.h"

// Turns operands into the panels that kernels read: `Width` lines side by side, in each the packed values of one k (or
// pair of k) after the other. Like product.h for files that are compiled for one instruction set each: everything is in
// an unnamed namespace and nothing comes from the standard library, since an inline function that two files share would
// be linked once, perhaps with instructions that this processor does not have.

namespace lagotto {
namespace {

constexpr int64_t blockInner = 256;
/// The most lines that are packed at once.
constexpr int64_t blockLines = 576;
/// Lines that are turned together.
constexpr int64_t groupLines = 16;

inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t roundUp(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

// Packs `lines` rows that run along k into lanes of a panel; null rows are zero.
template <class Kernel, int64_t Width, class Element>
void turn(const Element* const* rows, int64_t lines, int64_t inner, typename Kernel::Packed* out) {
    if constexpr (requires { Kernel::template turn<Width>(rows, lines, inner, out); }) {
        Kernel::template turn<Width>(rows, lines, inner, out);
    } else {
        for (int64_t line = 0; line < lines; line++) {
            for (int64_t k = 0; k < inner; k += Kernel::step) {
                out[k / Kernel::step * Width + line] = rows[line] ? Kernel::pack(rows[line] + k, 1, inner - k) : 0;
            }
        }
    }
}

// Packs `step` rows that run along the lines, into one row of a panel; missing rows are null.
template <class Kernel, int64_t Width, class Element>
void interleave(const Element* const* rows, int64_t lines, typename Kernel::Packed* out) {
    if constexpr (requires { Kernel::template interleave<Width>(rows, lines, out); }) {
        Kernel::template interleave<Width>(rows, lines, out);
    } else {
        for (int64_t line = 0; line < lines; line++) out[line] = rows[0][line];
        for (int64_t line = lines; line < Width; line++) out[line] = 0;
    }
}

inline const std::byte* at(const Operand& x, int64_t row, int64_t element) {
    return x.data + row * x.stride + element / x.blockElements * x.blockBytes;
}

// A row's elements as floats, without a copy where they are floats already.
inline const float* floats(const Operand& x, int64_t row, int64_t element, int64_t count, float* buffer) {
    const std::byte* from = at(x, row, element);
    if (!x.decode) return reinterpret_cast<const float*>(from);
    x.decode(from, buffer, roundUp(count, x.blockElements));
    return buffer;
}

template <class Kernel, int64_t Width>
void packAlong(const Operand& x, int64_t line, int64_t lines, int64_t k, int64_t inner, typename Kernel::Packed* out) {
    const int64_t panel = roundUp(inner, Kernel::step) / Kernel::step * Width;
    float buffers[groupLines][blockInner];
    for (int64_t first = 0; first < lines; first += Width, out += panel) {
        for (int64_t lane = 0; lane < Width; lane += groupLines) {
            const int64_t group = least(groupLines, Width - lane);
            const auto rowsOf = [&]<class Element>(const Element** rows, auto&& row) {
                for (int64_t i = 0; i < group; i++) {
                    rows[i] = first + lane + i < lines ? row(line + first + lane + i, i) : nullptr;
                }
                turn<Kernel, Width>(rows, group, inner, out + lane);
            };
            if constexpr (Kernel::step > 1) {
                if (x.bf16) {
                    const uint16_t* rows[groupLines];
                    rowsOf(rows, [&](int64_t l, int64_t) { return reinterpret_cast<const uint16_t*>(at(x, l, k)); });
                    continue;
                }
            }
            const float* rows[groupLines];
            rowsOf(rows, [&](int64_t l, int64_t i) { return floats(x, l, k, inner, buffers[i]); });
        }
    }
}

template <class Kernel, int64_t Width>
void packAcross(const Operand& x, int64_t line, int64_t lines, int64_t k, int64_t inner, typename Kernel::Packed* out) {
    const int64_t panel = roundUp(inner, Kernel::step) / Kernel::step * Width;
    float buffers[Kernel::step][blockLines];
    for (int64_t d = 0; d < inner; d += Kernel::step) {
        const auto rowsOf = [&]<class Element>(const Element** rows, auto&& row) {
            for (int64_t s = 0; s < Kernel::step; s++) rows[s] = d + s < inner ? row(k + d + s, s) : nullptr;
            auto* into = out + d / Kernel::step * Width;
            for (int64_t first = 0; first < lines; first += Width, into += panel) {
                interleave<Kernel, Width>(rows, least(Width, lines - first), into);
                for (int64_t s = 0; s < Kernel::step; s++) rows[s] = rows[s] ? rows[s] + Width : nullptr;
            }
        };
        if constexpr (Kernel::step > 1) {
            if (x.bf16) {
                const uint16_t* rows[Kernel::step];
                rowsOf(rows, [&](int64_t r, int64_t) { return reinterpret_cast<const uint16_t*>(at(x, r, line)); });
                continue;
            }
        }
        const float* rows[Kernel::step];
        rowsOf(rows, [&](int64_t r, int64_t s) { return floats(x, r, line, lines, buffers[s]); });
    }
}

/// Packs the lines [line, line + lines) of k in [k, k + inner); what a panel has too much is zero.
template <class Kernel, int64_t Width>
void pack(const Operand& x, int64_t line, int64_t lines, int64_t k, int64_t inner, typename Kernel::Packed* out) {
    (x.across ? packAcross<Kernel, Width> : packAlong<Kernel, Width>)(x, line, lines, k, inner, out);
}

}  // namespace
}  // namespace lagotto
