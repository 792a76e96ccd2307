#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lagotto {

/// How tokens are drawn. Each draw depends on the seed and its index only, and on nothing that was drawn before.
struct Sampling {
    /// 0 takes the most probable token.
    float temperature = 0;
    uint64_t seed = 0;
};

/// Draws the token with this index from its logits; `buffer` is for what comes in between.
int32_t draw(std::span<const float> logits, const Sampling& sampling, uint64_t index, std::vector<float>& buffer);

}  // namespace lagotto
