#include "decoding/sampling.h"

#include <algorithm>

#include "kernels/kernels.h"
#include "random.h"

namespace lagotto {

int32_t draw(std::span<const float> logits, const Sampling& sampling, uint64_t index, std::vector<float>& buffer) {
    const auto largest = std::ranges::max_element(logits);
    if (sampling.temperature == 0) return static_cast<int32_t>(largest - logits.begin());
    buffer.resize(logits.size());
    for (size_t i = 0; i < logits.size(); i++) buffer[i] = logits[i] / sampling.temperature;
    const double sum =
        kernels().rows.exponentials(buffer.data(), buffer.data(), buffer.size(), *largest / sampling.temperature);
    double left = sum * Random(Random::mix(sampling.seed, index)).uniform();
    int32_t last = 0;
    for (size_t i = 0; i < buffer.size(); i++) {
        if (buffer[i] == 0) continue;
        last = static_cast<int32_t>(i);
        left -= buffer[i];
        if (left < 0) break;
    }
    return last;
}

}  // namespace lagotto
