#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace lagotto {

/// One row of logits with its softmax, computed once for all losses and scores of the row.
class Row {
public:
    /// @param logits         [vocabulary]
    /// @param probabilities  scratch of the same length; filled with the softmax
    Row(std::span<const float> logits, std::span<float> probabilities);

    std::span<const float> logits() const { return logits_; }
    std::span<const float> probabilities() const { return probabilities_; }
    double logProbability(int64_t token) const { return logits_[token] - logSum_; }
    double entropy() const;

private:
    std::span<const float> logits_;
    std::span<float> probabilities_;
    double logSum_;
};

/// The gradient of a row's loss with respect to its logits, collected in the form in which losses produce it:
///
///   gradient[v] = p[v] · (probability + entropy · (log p[v] + H)) + Σ tokens
///
/// so that only losses over a full teacher distribution touch every entry.
struct RowGradient {
    double probability = 0;
    double entropy = 0;
    std::vector<std::pair<int64_t, double>> tokens;
    /// Empty, or [vocabulary].
    std::vector<double> dense;

    /// Adds d · ∂ log p[token] / ∂ logits.
    void addLogProbability(int64_t token, double d);
    /// @param into  may be the row's own logits
    void write(const Row& row, double weight, std::span<float> into) const;
    void clear();
};

}  // namespace lagotto
