#include "graph/layer.h"

#include "graph/gradients.h"
#include "random.h"

namespace lagotto {
namespace {

ggml_tensor* splitHeads(Graph& g, ggml_tensor* x, int64_t heads) {
    return gg::reshape_3d(g, x, x->ne[0] / heads, heads, x->ne[1]);
}

ggml_tensor* joinHeads(Graph& g, ggml_tensor* x) { return gg::reshape_2d(g, x, x->ne[0] * x->ne[1], x->ne[2]); }

}  // namespace

LayerState LayerState::declare(TensorSet& tensors, const Architecture& a, int64_t tokens) {
    const auto add = [&](int64_t size) { return tensors.add(GGML_TYPE_F32, {size, tokens}); };
    return {add(a.queries()), add(a.keys()),      add(a.keys()),     add(a.queries()),
            add(a.embedding), add(a.feedForward), add(a.feedForward)};
}

LayerGraph::LayerGraph(Graph& graph, const Context& context, size_t layer)
    : g_(graph),
      context_(context),
      a_(context.weights.architecture()),
      layer_(context.weights.layers()[layer]),
      index_(layer),
      positions_(graph.input(context.positions)) {}

ggml_tensor* LayerGraph::forward(ggml_tensor* x, const LayerState* state) {
    const auto keep = [&](ggml_tensor* value, ggml_tensor* LayerState::*where) {
        if (state) g_.store(value, state->*where);
        return value;
    };
    ggml_tensor* h = norm(x, layer_.attentionNorm);
    ggml_tensor* q = keep(linear(Query, h), &LayerState::queries);
    ggml_tensor* k = keep(linear(Key, h), &LayerState::keys);
    ggml_tensor* v = keep(linear(Value, h), &LayerState::values);
    ggml_tensor* attention = context_.operators.attention(g_, prepareHeads(q, a_.heads, layer_.queryNorm),
                                                          prepareHeads(k, a_.keyValueHeads, layer_.keyNorm),
                                                          splitHeads(g_, v, a_.keyValueHeads), context_.sequences);
    keep(attention, &LayerState::attention);
    ggml_tensor* middle = keep(gg::add(g_, x, linear(Output, attention)), &LayerState::middle);
    h = norm(middle, layer_.feedForwardNorm);
    ggml_tensor* gate = keep(linear(Gate, h), &LayerState::gate);
    ggml_tensor* up = keep(linear(Up, h), &LayerState::up);
    return gg::add(g_, middle, linear(Down, gg::swiglu_split(g_, gate, up)));
}

ggml_tensor* LayerGraph::backward(ggml_tensor* x, const LayerState& s, ggml_tensor* gradient) {
    ggml_tensor* activated = gg::swiglu_split(g_, s.gate, s.up);
    ggml_tensor* dActivated = linearBackward(Down, gradient, activated);
    ggml_tensor* dGate = gg::silu_back(g_, gg::mul(g_, dActivated, s.up), s.gate);
    ggml_tensor* dUp = gg::mul(g_, dActivated, gg::silu(g_, s.gate));
    ggml_tensor* h = norm(s.middle, layer_.feedForwardNorm);
    ggml_tensor* dH = gg::add(g_, linearBackward(Gate, dGate, h), linearBackward(Up, dUp, h));
    ggml_tensor* dMiddle = gg::add(g_, gradient, normBackward(dH, s.middle, layer_.feedForwardNorm));

    ggml_tensor* dAttention = linearBackward(Output, dMiddle, s.attention);
    const AttentionGradients d = context_.operators.attentionBackward(
        g_, prepareHeads(s.queries, a_.heads, layer_.queryNorm), prepareHeads(s.keys, a_.keyValueHeads, layer_.keyNorm),
        splitHeads(g_, s.values, a_.keyValueHeads), s.attention, dAttention, context_.sequences);
    h = norm(x, layer_.attentionNorm);
    dH = linearBackward(Query, prepareHeadsBackward(d.queries, s.queries, a_.heads, layer_.queryNorm), h);
    dH =
        gg::add(g_, dH, linearBackward(Key, prepareHeadsBackward(d.keys, s.keys, a_.keyValueHeads, layer_.keyNorm), h));
    dH = gg::add(g_, dH, linearBackward(Value, joinHeads(g_, d.values), h));
    return gg::add(g_, dMiddle, normBackward(dH, x, layer_.attentionNorm));
}

LoraPair LayerGraph::lora(Matrix matrix) const {
    return context_.parameters ? context_.parameters->lora(index_, matrix) : LoraPair{};
}

ggml_tensor* LayerGraph::linear(Matrix matrix, ggml_tensor* x) {
    const Linear& linear = layer_.matrices[matrix];
    const Operators& ops = context_.operators;
    ggml_tensor* y = ops.multiply(g_, linear.weight, x);
    if (linear.bias) y = gg::add(g_, y, linear.bias);
    if (const auto [a, b] = lora(matrix); a) {
        ggml_tensor* inner =
            gg::scale(g_, ops.multiply(g_, a, dropped(matrix, x)), context_.parameters->settings().lora.scale());
        y = gg::add(g_, y, ops.multiply(g_, b, inner));
    }
    return y;
}

ggml_tensor* LayerGraph::linearBackward(Matrix matrix, ggml_tensor* gradient, ggml_tensor* x) {
    const Linear& linear = layer_.matrices[matrix];
    const Operators& ops = context_.operators;
    ggml_tensor* dX = ops.multiplyTransposed(g_, linear.weight, gradient);
    if (!context_.parameters) return dX;
    addToGradient(g_, context_.parameters, linear.weight, ops.outer(g_, x, gradient));
    if (linear.bias) addToGradient(g_, context_.parameters, linear.bias, sumOverRows(g_, gradient));
    if (const auto [a, b] = lora(matrix); a) {
        const float scale = context_.parameters->settings().lora.scale();
        ggml_tensor* in = dropped(matrix, x);
        ggml_tensor* inner = gg::scale(g_, ops.multiply(g_, a, in), scale);
        ggml_tensor* dInner = gg::scale(g_, ops.multiplyTransposed(g_, b, gradient), scale);
        addToGradient(g_, context_.parameters, a, ops.outer(g_, in, dInner));
        addToGradient(g_, context_.parameters, b, ops.outer(g_, inner, gradient));
        ggml_tensor* dIn = ops.multiplyTransposed(g_, a, dInner);
        if (ggml_tensor* mask = dropoutMask(matrix, x)) dIn = gg::mul(g_, dIn, mask);
        dX = gg::add(g_, dX, dIn);
    }
    return dX;
}

ggml_tensor* LayerGraph::norm(ggml_tensor* x, ggml_tensor* weight) {
    return lagotto::norm(g_, x, weight, a_.normEpsilon);
}

ggml_tensor* LayerGraph::normBackward(ggml_tensor* gradient, ggml_tensor* x, ggml_tensor* weight) {
    return lagotto::normBackward(g_, context_.operators, context_.parameters, gradient, x, weight, a_.normEpsilon);
}

// [heads·D, T] to [D, heads, T], normed (qwen3) and rotated.
ggml_tensor* LayerGraph::prepareHeads(ggml_tensor* x, int64_t heads, ggml_tensor* headNorm) {
    x = splitHeads(g_, x, heads);
    return rotate(headNorm ? norm(x, headNorm) : x, false);
}

ggml_tensor* LayerGraph::prepareHeadsBackward(ggml_tensor* gradient, ggml_tensor* x, int64_t heads,
                                              ggml_tensor* headNorm) {
    gradient = rotate(gradient, true);
    if (headNorm) gradient = normBackward(gradient, splitHeads(g_, x, heads), headNorm);
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
