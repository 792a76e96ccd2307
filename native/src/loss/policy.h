#pragma once

#include "loss/row.h"

namespace lagotto {

struct PolicySettings {
    /// The ratio of new to old probability counts between 1 − clip and 1 + clip (PPO, Schulman et al. 2017).
    double clip = 0.2;
    double entropyCoefficient = 0;
    /// Of the low-variance estimate of KL(policy ‖ reference) (k3, Schulman 2020), as GRPO uses it.
    double klCoefficient = 0;
};

/// What the policy did at one position, and how that turned out.
struct PolicySample {
    int64_t token;
    double oldLogProbability;
    double advantage;
    double referenceLogProbability;
};

struct PolicyResult {
    double loss;
    double entropy;
    /// old − new log-probability, an estimate of KL(old ‖ new).
    double approximateKl;
    bool clipped;
};

/// max(−A·r, −A·clip(r)) − entropyCoefficient·H + klCoefficient·k3. Adds `coefficient` times its gradient.
PolicyResult policyLoss(const PolicySettings& settings, const Row& row, const PolicySample& sample, double coefficient,
                        RowGradient& gradient);

struct ValueResult {
    double loss;
    /// ∂ loss / ∂ prediction
    double slope;
    bool clipped;
};

/// 0.5 · max((V − R)², (clip(V, V_old ± clip) − R)²)
ValueResult valueLoss(double prediction, double oldValue, double target, double clip);

}  // namespace lagotto
