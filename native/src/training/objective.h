#pragma once

#include "training/batch.h"
#include "training/head.h"

namespace lagotto {

/// Weighted sums over the rows of one or several batches.
struct Losses {
    double total = 0;
    /// Per term, without its coefficient.
    std::vector<double> terms;
    double weight = 0;
    /// Of the policy term.
    double entropy = 0;
    double approximateKl = 0;
    double clipped = 0;

    void add(const Losses& other);
};

/// Computes a batch's loss at each row of a chunk, and with `gradient` puts its gradients in the place of logits and
/// values.
/// @throws EngineError TRAINING_NOT_FINITE naming the sequence
Losses evaluate(const Batch& batch, const Head::Chunk& chunk, bool gradient, int threads);

}  // namespace lagotto
