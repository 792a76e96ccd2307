#pragma once

#include <vector>

#include "graph/operators.h"
#include "training/parameters.h"

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

    static LayerState declare(TensorSet& tensors, const Architecture& architecture, int64_t tokens);
    static constexpr size_t count = 7;
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
    /// @return the layer's result; not computed unless the caller demands it
    ggml_tensor* forward(ggml_tensor* x, const LayerState* state);

    /// Adds to the gradients of all parameters of the layer.
    /// @return the gradient of x
    ggml_tensor* backward(ggml_tensor* x, const LayerState& state, ggml_tensor* gradient);

private:
    ggml_tensor* linear(Matrix matrix, ggml_tensor* x);
    ggml_tensor* linearBackward(Matrix matrix, ggml_tensor* gradient, ggml_tensor* x);
    ggml_tensor* norm(ggml_tensor* x, ggml_tensor* weight);
    ggml_tensor* normBackward(ggml_tensor* gradient, ggml_tensor* x, ggml_tensor* weight);
    ggml_tensor* prepareHeads(ggml_tensor* x, int64_t heads, ggml_tensor* headNorm);
    ggml_tensor* prepareHeadsBackward(ggml_tensor* gradient, ggml_tensor* x, int64_t heads, ggml_tensor* headNorm);
    ggml_tensor* rotate(ggml_tensor* x, bool backward);
    ggml_tensor* dropped(Matrix matrix, ggml_tensor* x);
    ggml_tensor* dropoutMask(Matrix matrix, const ggml_tensor* x);
    LoraPair lora(Matrix matrix) const;

    Graph& g_;
    const Context& context_;
    const Architecture& a_;
    const Layer& layer_;
    size_t index_;
    ggml_tensor* positions_;
};

}  // namespace lagotto
