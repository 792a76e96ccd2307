#include "graph/layer.h"

#include "random.h"

namespace lagotto {
namespace {

ggml_tensor* splitHeads(Graph& g, ggml_tensor* x, int64_t heads) {
    return gg::reshape_3d(g, x, x->ne[0] / heads, heads, x->ne[1]);
}

ggml_tensor* joinHeads(Graph& g, ggml_tensor* x) { return gg::reshape_2d(g, x, x->ne[0] * x->ne[1], x->ne[2]); }

}  // namespace

LayerState LayerState::declare(TensorSet& tensors, const Architecture& a, const Parameters* parameters,
                               int64_t tokens) {
    const auto add = [&](int64_t size) { return tensors.add(GGML_TYPE_F32, {size, tokens}); };
    LayerState state{add(a.queries()), add(a.keys()),      add(a.keys()),      add(a.queries()),
                     add(a.embedding), add(a.feedForward), add(a.feedForward), {}};
    for (int m = 0; m < MatrixCount && parameters; m++) {
        if (parameters->lora(0, m).a) state.inner[m] = add(parameters->settings().lora.rank);
    }
    return state;
}

LayerGraph::LayerGraph(Graph& graph, const Context& context, size_t layer)
    : g_(graph),
      context_(context),
      ops_(context.operators),
      gradients_(graph, context.operators, context.parameters),
      a_(context.weights.architecture()),
      layer_(context.weights.layers()[layer]),
      index_(layer),
      positions_(graph.input(context.positions)) {}

void LayerGraph::forward(ggml_tensor* x, const LayerState* state, ggml_tensor* into) {
    const auto place = [&](ggml_tensor* LayerState::*where) { return state ? state->*where : nullptr; };
    ggml_tensor* h = norm(x, layer_.attentionNorm);
    ggml_tensor* q = linear(Query, h, state, nullptr, place(&LayerState::queries));
    ggml_tensor* k = linear(Key, h, state, nullptr, place(&LayerState::keys));
    ggml_tensor* v = linear(Value, h, state, nullptr, place(&LayerState::values));
    ggml_tensor* attention = ops_.attention(
        g_, prepareHeads(q, a_.heads, layer_.queryNorm), prepareHeads(k, a_.keyValueHeads, layer_.keyNorm),
        splitHeads(g_, v, a_.keyValueHeads), context_.sequences, place(&LayerState::attention));
    ggml_tensor* middle = linear(Output, attention, state, x, place(&LayerState::middle));
    h = norm(middle, layer_.feedForwardNorm);
    ggml_tensor* gate = linear(Gate, h, state, nullptr, place(&LayerState::gate));
    ggml_tensor* up = linear(Up, h, state, nullptr, place(&LayerState::up));
    ggml_tensor* activated = ops_.gated(g_, gate, up);
    if (into) {
        linear(Down, activated, state, middle, into);
    } else {
        loraInner(Down, activated, state);
    }
}

ggml_tensor* LayerGraph::backward(ggml_tensor* x, const LayerState& s, ggml_tensor* gradient) {
    TransposedSum dActivated(g_, ops_);
    linearBackward(Down, gradient, ops_.gated(g_, s.gate, s.up), s, dActivated);
    const GateGradients dGates = ops_.gatedBackward(g_, s.gate, s.up, dActivated.result());
    ggml_tensor* h = norm(s.middle, layer_.feedForwardNorm);
    TransposedSum dH(g_, ops_);
    linearBackward(Gate, dGates.gate, h, s, dH);
    linearBackward(Up, dGates.up, h, s, dH);
    ggml_tensor* dMiddle = normBackward(dH.result(), s.middle, layer_.feedForwardNorm, gradient);

    TransposedSum dAttention(g_, ops_);
    linearBackward(Output, dMiddle, s.attention, s, dAttention);
    const AttentionGradients d = ops_.attentionBackward(
        g_, prepareHeads(s.queries, a_.heads, layer_.queryNorm), prepareHeads(s.keys, a_.keyValueHeads, layer_.keyNorm),
        splitHeads(g_, s.values, a_.keyValueHeads), s.attention, dAttention.result(), context_.sequences);
    h = norm(x, layer_.attentionNorm);
    TransposedSum dX(g_, ops_);
    linearBackward(Query, prepareHeadsBackward(d.queries, s.queries, a_.heads, layer_.queryNorm), h, s, dX);
    linearBackward(Key, prepareHeadsBackward(d.keys, s.keys, a_.keyValueHeads, layer_.keyNorm), h, s, dX);
    linearBackward(Value, joinHeads(g_, d.values), h, s, dX);
    return normBackward(dX.result(), x, layer_.attentionNorm, dMiddle);
}

LoraPair LayerGraph::lora(Matrix matrix) const {
    return context_.parameters ? context_.parameters->lora(index_, matrix) : LoraPair{};
}

ggml_tensor* LayerGraph::loraInner(Matrix matrix, ggml_tensor* x, const LayerState* state) {
    const LoraPair pair = lora(matrix);
    if (!pair.a) return nullptr;
    ggml_tensor* inner = gg::scale(g_, ops_.multiply(g_, {{pair.a, dropped(matrix, x)}}), loraScale());
    if (state) g_.store(inner, state->inner[matrix]);
    return inner;
}

ggml_tensor* LayerGraph::linear(Matrix matrix, ggml_tensor* x, const LayerState* state, ggml_tensor* onto,
                                ggml_tensor* into) {
    const Linear& linear = layer_.matrices[matrix];
    if (linear.bias) onto = onto ? gg::add(g_, onto, linear.bias) : linear.bias;
    std::vector<Factors> pairs{{linear.weight, x}};
    if (ggml_tensor* inner = loraInner(matrix, x, state)) pairs.push_back({lora(matrix).b, inner});
    return ops_.multiply(g_, pairs, onto, into);
}

// Adds to `sum` the gradient of x.
void LayerGraph::linearBackward(Matrix matrix, ggml_tensor* gradient, ggml_tensor* x, const LayerState& state,
                                TransposedSum& sum) {
    const Linear& linear = layer_.matrices[matrix];
    gradients_.ofMatrix(linear.weight, x, gradient);
    gradients_.ofBias(linear.bias, gradient);
    sum.add(linear.weight, gradient);
    const auto [a, b] = lora(matrix);
    if (!a) return;
    ggml_tensor* dInner = gg::scale(g_, ops_.multiplyTransposed(g_, {{b, gradient}}), loraScale());
    gradients_.ofMatrix(a, dropped(matrix, x), dInner);
    gradients_.ofMatrix(b, state.inner[matrix], gradient);
    if (ggml_tensor* mask = dropoutMask(matrix, x)) {
        sum.add(gg::mul(g_, ops_.multiplyTransposed(g_, {{a, dInner}}), mask));
    } else {
        sum.add(a, dInner);
    }
}

ggml_tensor* LayerGraph::norm(ggml_tensor* x, ggml_tensor* weight) { return ops_.norm(g_, x, weight, a_.normEpsilon); }

// onto + the gradient of x.
ggml_tensor* LayerGraph::normBackward(ggml_tensor* gradient, ggml_tensor* x, ggml_tensor* weight, ggml_tensor* onto) {
    gradients_.ofNorm(weight, x, gradient, a_.normEpsilon);
    return ops_.normBackward(g_, gradient, x, weight, a_.normEpsilon, onto);
}

// [heads·D, T] to [D, heads, T], normed (qwen3) and rotated.
ggml_tensor* LayerGraph::prepareHeads(ggml_tensor* x, int64_t heads, ggml_tensor* headNorm) {
    x = splitHeads(g_, x, heads);
    return rotate(headNorm ? norm(x, headNorm) : x, false);
}

ggml_tensor* LayerGraph::prepareHeadsBackward(ggml_tensor* gradient, ggml_tensor* x, int64_t heads,
                                              ggml_tensor* headNorm) {
    gradient = rotate(gradient, true);
    if (headNorm) gradient = normBackward(gradient, splitHeads(g_, x, heads), headNorm, nullptr);
    return joinHeads(g_, gradient);
}

ggml_tensor* LayerGraph::rotate(ggml_tensor* x, bool backward) {
    const auto rope = backward ? gg::rope_ext_back : gg::rope_ext;
    return rope(g_, x, positions_, context_.weights.ropeFactors(), static_cast<int>(a_.headSize), a_.ropeType(), 0,
                a_.ropeBase, a_.ropeScale, 0.0f, 1.0f, 32.0f, 1.0f);
}

ggml_tensor* LayerGraph::dropped(Matrix matrix, ggml_tensor* x) {
    ggml_tensor* mask = dropoutMask(matrix, x);
    return mask ? gg::mul(g_, x, mask) : x;
}

ggml_tensor* LayerGraph::dropoutMask(Matrix matrix, const ggml_tensor* x) {
    if (context_.dropoutKey == 0 || context_.parameters->settings().lora.dropout == 0) return nullptr;
    const float share = context_.parameters->settings().lora.dropout;
    std::vector<float> mask(static_cast<size_t>(x->ne[0] * x->ne[1]));
    Random random(Random::mix(context_.dropoutKey, index_ * MatrixCount + matrix));
    for (float& value : mask) value = random.uniform() < share ? 0.0f : 1.0f / (1.0f - share);
    return g_.input(g_.keep(std::move(mask)), x->ne[1], x->ne[0]);
}

}  // namespace lagotto
