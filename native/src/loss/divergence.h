#pragma once

#include <span>

#include "loss/row.h"

namespace lagotto {

/// How far the student's distribution q is from the teacher's p, or from a mixture of both.
enum class Divergence {
    /// KL(p ‖ q) (Hinton et al. 2015)
    Forward,
    /// KL(q ‖ p) (MiniLLM, Gu et al. 2024)
    Reverse,
    /// λ KL(p ‖ m) + (1 − λ) KL(q ‖ m), m = λ p + (1 − λ) q (GKD, Agarwal et al. 2024)
    JensenShannon,
    /// KL(p ‖ λ p + (1 − λ) q) (DistiLLM, Ko et al. 2024)
    SkewForward,
    /// KL(q ‖ (1 − λ) p + λ q) (DistiLLM)
    SkewReverse,
    /// KL(target ‖ q), target = softmax((1 − λ) student + λ teacher logits), which carries no gradient (TAID, Shing et
    /// al. 2025)
    Interpolated,
};

/// A teacher's distribution at one position: log-probabilities of all tokens (`tokens` empty), or of its top-k tokens,
/// in which case all others count as one event on both sides.
struct Teacher {
    std::span<const int32_t> tokens;
    std::span<const float> logProbabilities;
};

/// Adds `coefficient` times the divergence's gradient.
/// @param lambda  the weight of the mixture; unused by Forward and Reverse
/// @return the divergence, without the coefficient
double divergence(Divergence kind, double lambda, const Row& student, const Teacher& teacher, double coefficient,
                  RowGradient& gradient);

}  // namespace lagotto
