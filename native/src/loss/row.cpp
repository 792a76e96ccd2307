#include "loss/row.h"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"

namespace lagotto {

Row::Row(std::span<const float> logits, std::span<float> probabilities)
    : logits_(logits), probabilities_(probabilities) {
    const float largest = *std::ranges::max_element(logits);
    const double sum = kernels().rows.exponentials(logits.data(), probabilities.data(), logits.size(), largest);
    logSum_ = largest + std::log(sum);
    const auto scale = static_cast<float>(1.0 / sum);
    for (float& p : probabilities) p *= scale;
}

double Row::entropy() const {
    double expected = 0;
    for (size_t v = 0; v < logits_.size(); v++) {
        // 0 · −∞ is 0 here: a token that cannot come brings no uncertainty.
        if (probabilities_[v] > 0) expected += static_cast<double>(probabilities_[v]) * logits_[v];
    }
    return logSum_ - expected;
}

void RowGradient::addLogProbability(int64_t token, double d) {
    tokens.emplace_back(token, d);
    probability -= d;
}

void RowGradient::write(const Row& row, double weight, std::span<float> into) const {
    const auto p = row.probabilities();
    const auto base = static_cast<float>(weight * probability);
    if (entropy == 0) {
        for (size_t v = 0; v < p.size(); v++) into[v] = p[v] * base;
    } else {
        const double h = row.entropy();
        for (size_t v = 0; v < p.size(); v++) {
            const double slope = probability + (p[v] > 0 ? entropy * (row.logProbability(v) + h) : 0);
            into[v] = static_cast<float>(weight * p[v] * slope);
        }
    }
    for (size_t v = 0; v < dense.size(); v++) into[v] += static_cast<float>(weight * dense[v]);
    for (const auto& [token, d] : tokens) into[token] += static_cast<float>(weight * d);
}

void RowGradient::clear() {
    probability = entropy = 0;
    tokens.clear();
    dense.clear();
}

}  // namespace lagotto
