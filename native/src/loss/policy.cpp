#include "loss/policy.h"

#include <algorithm>
#include <cmath>

namespace lagotto {

PolicyResult policyLoss(const PolicySettings& s, const Row& row, const PolicySample& sample, double coefficient,
                        RowGradient& gradient) {
    const double logP = row.logProbability(sample.token);
    const double ratio = std::exp(logP - sample.oldLogProbability);
    const double plain = -sample.advantage * ratio;
    const double bounded = -sample.advantage * std::clamp(ratio, 1 - s.clip, 1 + s.clip);
    const bool clipped = bounded > plain;
    PolicyResult result{std::max(plain, bounded), 0, sample.oldLogProbability - logP, clipped};
    double slope = clipped ? 0 : plain;
    if (s.klCoefficient != 0) {
        // k3 = exp(d) − d − 1 with d = log reference − log policy, bounded as in the official code.
        const double d = sample.referenceLogProbability - logP;
        const double k3 = std::exp(d) - d - 1;
        result.loss += s.klCoefficient * std::clamp(k3, -10.0, 10.0);
        if (k3 < 10) slope += s.klCoefficient * (1 - std::exp(d));
    }
    if (slope != 0) gradient.addLogProbability(sample.token, coefficient * slope);
    result.entropy = row.entropy();
    if (s.entropyCoefficient != 0) {
        result.loss -= s.entropyCoefficient * result.entropy;
        gradient.entropy += coefficient * s.entropyCoefficient;
    }
    return result;
}

ValueResult valueLoss(double prediction, double oldValue, double target, double clip) {
    const double bounded = std::clamp(prediction, oldValue - clip, oldValue + clip);
    const double plain = prediction - target, cut = bounded - target;
    const bool clipped = cut * cut > plain * plain;
    if (!clipped) return {0.5 * plain * plain, plain, false};
    return {0.5 * cut * cut, bounded == prediction ? cut : 0, true};
}

}  // namespace lagotto
