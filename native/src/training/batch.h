#pragma once

#include <cstdint>
#include <vector>

#include "loss/divergence.h"
#include "loss/policy.h"
#include "model/architecture.h"

namespace lagotto {

enum class TermKind { CrossEntropy, Divergence, Policy, Value };

/// One loss at the chosen rows of a batch. Vectors have one entry per row unless said otherwise.
struct Term {
    TermKind kind = TermKind::CrossEntropy;
    double coefficient = 1;

    Divergence divergence = Divergence::Forward;
    double lambda = 0;
    /// [rows, teacherWidth]; no tokens when the distributions are full.
    std::vector<int32_t> teacherTokens;
    std::vector<float> teacherLogProbabilities;
    int64_t teacherWidth = 0;

    PolicySettings policy;
    std::vector<float> oldLogProbabilities;
    std::vector<float> advantages;
    std::vector<float> referenceLogProbabilities;

    double valueClip = 0.5;
    std::vector<float> oldValues;
    std::vector<float> returns;
};

/// Sequences that are computed together, and what is wanted at which of their tokens.
struct Batch {
    std::vector<int32_t> tokens;
    /// Of the sequences; they add up to the number of tokens.
    std::vector<int64_t> lengths;
    /// Indices into tokens, ascending. The logits at a row say what comes after that token.
    std::vector<int32_t> rows;
    /// The token that came after each row; may be empty when no term and no score looks at it.
    std::vector<int32_t> labels;
    /// How much each row counts. Not normalized: the loss is the weighted sum.
    std::vector<float> weights;
    std::vector<Term> terms;

    bool needsLogits() const;
    bool needsValues() const;
    /// Which sequence a row belongs to.
    size_t sequenceOf(size_t row) const;
    /// @throws EngineError INVALID_INPUT naming what is wrong
    void check(const Architecture& architecture, bool hasValueHead) const;
};

}  // namespace lagotto
