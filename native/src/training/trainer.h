#pragma once

#include "training/model.h"
#include "training/objective.h"
#include "training/optimizer.h"

namespace lagotto {

/// Bytes that training or scoring a batch takes, by what they are for.
struct MemoryEstimate {
    size_t weights = 0;
    size_t parameters = 0;
    size_t activations = 0;
    size_t logits = 0;
    size_t workspace = 0;
    size_t total() const { return weights + parameters + activations + logits + workspace; }
};

/// What a model would take, with a trainer over it or (Activations::ForwardOnly) for scoring alone. Reads headers only.
MemoryEstimate estimate(const Model::Source& source, const ComputeSettings& compute, const ParameterSettings& settings,
                        const std::vector<int64_t>& lengths, int64_t rows, Activations activations);

/// Changes a model's parameters, step by step. A step is accumulate() for each of its batches and then apply(); until
/// apply() nothing has changed.
class Trainer {
public:
    Trainer(std::shared_ptr<Model> model, const ParameterSettings& settings);

    Model& model() const { return *model_; }
    const Parameters& parameters() const { return *parameters_; }
    int64_t steps() const { return steps_; }
    void setSteps(int64_t steps) { steps_ = steps; }

    /// Forward only: the loss of a batch, without dropout.
    Losses loss(const Batch& batch);
    /// Adds a batch's gradients to those of the step.
    Losses accumulate(const Batch& batch, Activations activations);
    /// Updates the parameters with the step's gradients, and begins the next step.
    /// @return the gradients' norm before clipping
    /// @throws EngineError TRAINING_NOT_FINITE; then nothing has changed
    double apply(const OptimizerSettings& settings);
    /// Drops the step's gradients.
    void discard();

    /// What a batch would take, before anything is allocated.
    MemoryEstimate plan(const std::vector<int64_t>& lengths, int64_t rows, Activations activations) const;
    /// Bytes really taken so far, for comparison with estimate().
    MemoryEstimate taken() const { return taken_; }

private:
    Losses run(const Batch& batch, Activations activations);

    std::shared_ptr<Model> model_;
    std::unique_ptr<Parameters> parameters_;
    int64_t steps_ = 0;
    uint64_t batches_ = 0;
    MemoryEstimate taken_;
};

}  // namespace lagotto
