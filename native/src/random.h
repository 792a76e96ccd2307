#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace lagotto {

/// Numbers that depend on a key and an index only (SplitMix64, Steele et al. 2014): the same in every run, in any
/// order.
class Random {
public:
    explicit Random(uint64_t key) : state_(key) {}

    uint64_t next() {
        state_ += 0x9e3779b97f4a7c15ull;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }
    /// In [0, 1).
    double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    /// Standard normal (Box and Muller 1958).
    double normal() {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

    /// A stream of its own for each combination of numbers.
    static uint64_t mix(uint64_t a, uint64_t b) { return Random(a ^ (b * 0xd1342543de82ef95ull + 1)).next(); }

private:
    uint64_t state_;
};

}  // namespace lagotto
