#include "training/objective.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "error.h"
#include "training/parallel.h"

namespace lagotto {
namespace {

Teacher teacherAt(const Term& term, size_t row) {
    const auto width = static_cast<size_t>(term.teacherWidth);
    Teacher teacher{{}, {term.teacherLogProbabilities.data() + row * width, width}};
    if (!term.teacherTokens.empty()) teacher.tokens = {term.teacherTokens.data() + row * width, width};
    return teacher;
}

// One worker's view of a chunk.
class RowEvaluator {
public:
    RowEvaluator(const Batch& batch, const Head::Chunk& chunk, bool gradient)
        : batch_(batch), chunk_(chunk), gradient_(gradient), vocabulary_(chunk.logits.size() / chunk.count) {
        probabilities_.resize(vocabulary_);
        losses.terms.resize(batch.terms.size());
    }

    void run(size_t index) {
        const size_t row = chunk_.first + index;
        const double weight = batch_.weights[row];
        const auto logits = chunk_.logits.subspan(index * vocabulary_, vocabulary_);
        float* value = chunk_.values.empty() ? nullptr : &chunk_.values[index];
        double slope = 0, sum = 0;
        if (vocabulary_ > 0) {
            const Row student(logits, probabilities_);
            rowGradient_.clear();
            for (size_t t = 0; t < batch_.terms.size(); t++) {
                if (batch_.terms[t].kind != TermKind::Value)
                    sum += add(t, weight, logitLoss(batch_.terms[t], row, student));
            }
            if (gradient_) rowGradient_.write(student, weight, logits);
        }
        for (size_t t = 0; t < batch_.terms.size() && value; t++) {
            const Term& term = batch_.terms[t];
            if (term.kind != TermKind::Value) continue;
            const ValueResult result = valueLoss(*value, term.oldValues[row], term.returns[row], term.valueClip);
            losses.clipped += weight * (result.clipped ? 1 : 0);
            slope += term.coefficient * result.slope;
            sum += add(t, weight, result.loss);
        }
        if (value && gradient_) *value = static_cast<float>(weight * slope);
        if (!std::isfinite(sum)) {
            throw EngineError("TRAINING_NOT_FINITE", "The loss of sequence " + std::to_string(batch_.sequenceOf(row)) +
                                                         " is not a finite number.");
        }
        losses.total += weight * sum;
        losses.weight += weight;
    }

    Losses losses;

private:
    double add(size_t term, double weight, double loss) {
        losses.terms[term] += weight * loss;
        return batch_.terms[term].coefficient * loss;
    }

    double logitLoss(const Term& term, size_t row, const Row& student) {
        switch (term.kind) {
            case TermKind::CrossEntropy:
                rowGradient_.addLogProbability(batch_.labels[row], -term.coefficient);
                return -student.logProbability(batch_.labels[row]);
            case TermKind::Divergence:
                return divergence(term.divergence, term.lambda, student, teacherAt(term, row), term.coefficient,
                                  rowGradient_);
            case TermKind::Policy: {
                const double reference = term.policy.klCoefficient == 0 ? 0 : term.referenceLogProbabilities[row];
                const PolicySample sample{batch_.labels[row], term.oldLogProbabilities[row], term.advantages[row],
                                          reference};
                const PolicyResult result = policyLoss(term.policy, student, sample, term.coefficient, rowGradient_);
                const double weight = batch_.weights[row];
                losses.entropy += weight * result.entropy;
                losses.approximateKl += weight * result.approximateKl;
                losses.clipped += weight * (result.clipped ? 1 : 0);
                return result.loss;
            }
            case TermKind::Value:
                break;
        }
        return 0;
    }

    const Batch& batch_;
    const Head::Chunk& chunk_;
    bool gradient_;
    size_t vocabulary_;
    std::vector<float> probabilities_;
    RowGradient rowGradient_;
};

}  // namespace

void Losses::add(const Losses& other) {
    total += other.total;
    weight += other.weight;
    entropy += other.entropy;
    approximateKl += other.approximateKl;
    clipped += other.clipped;
    terms.resize(std::max(terms.size(), other.terms.size()));
    for (size_t i = 0; i < other.terms.size(); i++) terms[i] += other.terms[i];
}

Losses evaluate(const Batch& batch, const Head::Chunk& chunk, bool gradient, int threads) {
    std::vector<RowEvaluator> workers(static_cast<size_t>(threads), RowEvaluator(batch, chunk, gradient));
    parallel(chunk.count, threads, [&](size_t index, int worker) { workers[worker].run(index); });
    Losses losses;
    for (const RowEvaluator& worker : workers) losses.add(worker.losses);
    return losses;
}

}  // namespace lagotto
