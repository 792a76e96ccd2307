#include "training/model.h"

#include "error.h"
#include "kernels/operators.h"

namespace lagotto {

Model::Model(const Source& source, const ComputeSettings& compute, Memory memory)
    : path_(source.path), compute_(compute), backend_(std::make_unique<Backend>(compute.device, compute.threads)) {
    if (compute.tile < 64) throw invalidInput("The tile of attention must be at least 64.");
    if (compute.chunk < 1) throw invalidInput("The chunk of logits must be at least 1.");
    weights_ = source.path.empty() ? std::make_unique<Weights>(*backend_, source.architecture, source.seed, memory)
                                   : std::make_unique<Weights>(*backend_, GgufFile(source.path), source.asF32, memory);
    operators_ = backend_->isCpu() && !compute.plain ? fusedOperators(compute.tile, compute.bf16 || weights_->rounded())
                                                     : std::make_unique<Operators>(compute.tile);
    workspace_ = std::make_unique<Workspace>(*backend_);
}

}  // namespace lagotto
