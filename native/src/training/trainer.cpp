#include "training/trainer.h"

#include <algorithm>
#include <cmath>

#include "error.h"
#include "random.h"

namespace lagotto {

Trainer::Trainer(std::shared_ptr<Model> model, const ParameterSettings& settings)
    : model_(std::move(model)),
      parameters_(std::make_unique<Parameters>(model_->backend(), model_->weights(), settings, Memory::Real)) {}

Losses Trainer::loss(const Batch& batch) { return run(batch, Activations::ForwardOnly); }

Losses Trainer::accumulate(const Batch& batch, Activations activations) {
    const Losses losses = run(batch, activations);
    batches_++;
    return losses;
}

Losses Trainer::run(const Batch& batch, Activations activations) {
    const bool gradient = activations != Activations::ForwardOnly;
    const ParameterSettings& settings = parameters_->settings();
    batch.check(model_->weights().architecture(), settings.valueHead);
    if (batch.terms.empty()) throw invalidInput("The batch has no loss.");
    if (gradient && batches_ == 0) parameters_->clearGradients();
    const auto& compute = model_->compute();
    // Every batch of every step drops other inputs, the same in each run.
    const uint64_t key = Random::mix(Random::mix(settings.seed, static_cast<uint64_t>(steps_)), batches_);
    Pass pass(model_->backend(), model_->operators(), model_->weights(), parameters_.get(), model_->workspace(),
              {batch.lengths, activations, Memory::Real, gradient ? key | 1 : 0});
    pass.forward(batch.tokens);
    Losses losses;
    {
        Head head(model_->backend(), model_->operators(), model_->weights(), parameters_.get(), model_->workspace(),
                  std::min<int64_t>(compute.chunk, static_cast<int64_t>(batch.rows.size())), Memory::Real);
        head.visit(pass, batch.rows, {batch.needsLogits(), batch.needsValues(), gradient},
                   [&](const Head::Chunk& chunk) { losses.add(evaluate(batch, chunk, gradient, compute.threads)); });
        taken_.logits = std::max(taken_.logits, head.bytes());
    }
    if (gradient) pass.backward(batch.tokens);
    taken_.weights = model_->weights().bytes();
    taken_.parameters = parameters_->bytes();
    taken_.activations = std::max(taken_.activations, pass.activationBytes());
    taken_.workspace = model_->workspace().bytes();
    return losses;
}

double Trainer::apply(const OptimizerSettings& settings) {
    settings.check();
    if (batches_ == 0) throw invalidInput("There is nothing to apply: no batch was accumulated.");
    const double norm = gradientNorm(*parameters_, model_->backend(), model_->workspace());
    if (!std::isfinite(norm)) {
        discard();
        throw EngineError("TRAINING_NOT_FINITE",
                          "The gradient of step " + std::to_string(steps_ + 1) + " is not a finite number.");
    }
    applyGradients(*parameters_, model_->backend(), model_->workspace(), settings, norm, steps_ + 1);
    steps_++;
    batches_ = 0;
    return norm;
}

void Trainer::discard() { batches_ = 0; }

namespace {

MemoryEstimate planned(Model& model, const Parameters* parameters, const std::vector<int64_t>& lengths, int64_t rows,
                       Activations activations) {
    for (const int64_t length : lengths) {
        if (length < 1) throw invalidInput("A sequence is empty.");
    }
    if (lengths.empty() || rows < 1) throw invalidInput("There are no sequences, or no rows to look at.");
    Pass pass(model.backend(), model.operators(), model.weights(), parameters, model.workspace(),
              {lengths, activations, Memory::Planned});
    Head head(model.backend(), model.operators(), model.weights(), parameters, model.workspace(),
              std::min(model.compute().chunk, rows), Memory::Planned);
    return {model.weights().bytes(), parameters ? parameters->bytes() : 0, pass.activationBytes(), head.bytes(),
            std::max(pass.graphBytes(), head.graphBytes(pass, activations != Activations::ForwardOnly))};
}

}  // namespace

MemoryEstimate Trainer::plan(const std::vector<int64_t>& lengths, int64_t rows, Activations activations) const {
    return planned(*model_, parameters_.get(), lengths, rows, activations);
}

MemoryEstimate estimate(const Model::Source& source, const ComputeSettings& compute, const ParameterSettings& settings,
                        const std::vector<int64_t>& lengths, int64_t rows, Activations activations) {
    Model model(source, compute, Memory::Planned);
    if (activations == Activations::ForwardOnly) return planned(model, nullptr, lengths, rows, activations);
    const Parameters parameters(model.backend(), model.weights(), settings, Memory::Planned);
    return planned(model, &parameters, lengths, rows, activations);
}

}  // namespace lagotto
