#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/layer.h"

namespace lagotto {

/// Whether a layer's activations are kept for the backward pass, or computed again from the layer's input.
enum class Activations { Keep, Recompute, ForwardOnly };

/// Packed sequences on their way through the layers, forward and back. A pass owns the memory of its activations.
class Pass {
public:
    struct Settings {
        std::vector<int64_t> lengths;
        Activations activations = Activations::Recompute;
        Memory memory = Memory::Real;
        uint64_t dropoutKey = 0;
    };

    /// @param parameters  null when nothing trains and there is no adapter
    Pass(Backend& backend, const Operators& operators, const Weights& weights, const Parameters* parameters,
         const Workspace& workspace, Settings settings);

    int64_t tokens() const { return tokens_; }
    /// The last layer's result, before the output norm: [embedding, T].
    ggml_tensor* result() const { return inputs_.back(); }
    /// The gradient of result(), to be filled before backward(): [embedding, T].
    ggml_tensor* gradient() const { return gradient_; }

    /// @param ids    token ids of all sequences, one after the other
    /// @param layer  called after each layer
    void forward(std::span<const int32_t> ids);
    /// Adds to the gradients of the parameters; gradient() becomes that of the embeddings.
    void backward(std::span<const int32_t> ids);

    /// Bytes of activations; and of the largest graph that forward() and backward() would compute.
    size_t activationBytes() const { return tensors_.bytes(); }
    size_t graphBytes();

private:
    void embed(Graph& graph, std::span<const int32_t> ids);
    void forwardLayer(Graph& graph, size_t layer, bool recompute);
    void backwardLayer(Graph& graph, size_t layer);
    void addEmbeddingGradient(std::span<const int32_t> ids) const;
    size_t graphNodes() const;
    ggml_tensor* inputOf(size_t layer) const { return inputs_[layer % inputs_.size()]; }
    const LayerState& stateOf(size_t layer) const { return states_[layer % states_.size()]; }

    Backend& backend_;
    const Operators& operators_;
    const Weights& weights_;
    const Parameters* parameters_;
    const Workspace& workspace_;
    Settings settings_;
    int64_t tokens_ = 0;
    std::vector<Sequence> sequences_;
    std::vector<int32_t> positions_;
    TensorSet tensors_;
    std::vector<ggml_tensor*> inputs_;
    std::vector<LayerState> states_;
    ggml_tensor* gradient_ = nullptr;
};

}  // namespace lagotto
