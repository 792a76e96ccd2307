#pragma once

#include <array>
#include <vector>

#include "graph/gradients.h"

namespace lagotto {

/// What the backward pass needs of a layer's forward pass; everything else is cheap to compute again.
/// All [size, T], F32. Queries and keys are those before head norm and rotation.
struct LayerState {
    ggml_tensor* queries;
    ggml_tensor* keys;
    ggml_tensor* values;
    ggml_tensor* attention;
    ggml_tensor* middle;
    ggml_tensor* gate;
    ggml_tensor* up;
    /// Of each adapter, scale · a · x; null without.
    std::array<ggml_tensor*, MatrixCount> inner;

    static LayerState declare(TensorSet& tensors, const Architecture& architecture, const Parameters* parameters,
                              int64_t tokens);
    static constexpr size_t most = 7 + MatrixCount;
};

/// Builds the graph of one layer, forward or backward:
///
///   middle = x + o(attention(q(norm(x)), k(norm(x)), v(norm(x))))
///   y      = middle + down(silu(gate(norm(middle))) ∘ up(norm(middle)))
class LayerGraph {
public:
    struct Context {
        const Operators& operators;
        const Weights& weights;
        /// Null: nothing trains and there is no adapter.
        const Parameters* parameters;
        const std::vector<Sequence>& sequences;
        /// Of each token within its sequence.
        const std::vector<int32_t>& positions;
        /// Chooses the inputs that dropout leaves out; 0 turns dropout off.
        uint64_t dropoutKey;
    };

    LayerGraph(Graph& graph, const Context& context, size_t layer);

    /// @param state  where to keep what backward() needs; null to keep nothing
    /// @param into   a tensor that outlives the graph, for the layer's result; null when only the state is wanted
    void forward(ggml_tensor* x, const LayerState* state, ggml_tensor* into);

    /// Adds to the gradients of all parameters of the layer. Leaves the state in no order.
    /// @return the gradient of x; not computed unless the caller demands it
    ggml_tensor* backward(ggml_tensor* x, const LayerState& state, ggml_tensor* gradient);

private:
    ggml_tensor* loraInner(Matrix matrix, ggml_tensor* x, const LayerState* state);
    ggml_tensor* linear(Matrix matrix, ggml_tensor* x, const LayerState* state, ggml_tensor* onto, ggml_tensor* into);
    void linearBackward(Matrix matrix, ggml_tensor* gradient, ggml_tensor* x, const LayerState& state,
                        TransposedSum& sum);
    ggml_tensor* norm(ggml_tensor* x, ggml_tensor* weight);
    ggml_tensor* normBackward(ggml_tensor* gradient, ggml_tensor* x, ggml_tensor* weight, ggml_tensor* onto);
    ggml_tensor* prepareHeads(ggml_tensor* x, int64_t heads, ggml_tensor* headNorm);
    ggml_tensor* prepareHeadsBackward(ggml_tensor* gradient, ggml_tensor* x, int64_t heads, ggml_tensor* headNorm);
    ggml_tensor* rotate(ggml_tensor* x, bool backward);
    ggml_tensor* dropped(Matrix matrix, ggml_tensor* x);
    ggml_tensor* dropoutMask(Matrix matrix, const ggml_tensor* x);
    LoraPair lora(Matrix matrix) const;
    float loraScale() const { return context_.parameters->settings().lora.scale(); }

    Graph& g_;
    const Context& context_;
    const Operators& ops_;
    const Gradients gradients_;
    const Architecture& a_;
    const Layer& layer_;
    size_t index_;
    ggml_tensor* positions_;
};

}  // namespace lagotto
