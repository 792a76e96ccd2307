#pragma once

#include "training/parameters.h"

namespace lagotto {

/// AdamW (Loshchilov and Hutter 2019).
struct OptimizerSettings {
    double learningRate = 1e-4;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    /// Decoupled; of matrices only.
    double weightDecay = 0;
    /// Gradients are scaled down to this global norm; 0 leaves them.
    double maxNorm = 0;

    /// @throws EngineError INVALID_INPUT
    void check() const;
};

/// The Euclidean norm of all gradients.
double gradientNorm(const Parameters& parameters, Backend& backend, const Workspace& workspace);

/// One update.
/// @param norm  as gradientNorm() gave it
/// @param step  counts from 1
void applyGradients(const Parameters& parameters, Backend& backend, const Workspace& workspace,
                    const OptimizerSettings& settings, double norm, int64_t step);

}  // namespace lagotto
