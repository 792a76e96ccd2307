#include "training/pass.h"

#include <numeric>

namespace lagotto {

Pass::Pass(Backend& backend, const Operators& operators, const Weights& weights, const Parameters* parameters,
           const Workspace& workspace, Settings settings)
    : backend_(backend),
      operators_(operators),
      weights_(weights),
      parameters_(parameters),
      workspace_(workspace),
      settings_(std::move(settings)),
      tensors_((weights.layers().size() + 1) * (1 + LayerState::most) + 1) {
    for (const int64_t length : settings_.lengths) {
        sequences_.push_back({tokens_, length});
        tokens_ += length;
        for (int64_t i = 0; i < length; i++) positions_.push_back(static_cast<int32_t>(i));
    }
    const bool backwards = settings_.activations != Activations::ForwardOnly;
    const size_t layers = weights.layers().size();
    const auto hidden = [&] { return tensors_.add(GGML_TYPE_F32, {weights.architecture().embedding, tokens_}); };
    // Without a backward pass each layer overwrites its input.
    for (size_t i = 0; i < (backwards ? layers + 1 : 1); i++) inputs_.push_back(hidden());
    if (backwards) gradient_ = hidden();
    const size_t kept = settings_.activations == Activations::Keep ? layers : backwards ? 1 : 0;
    for (size_t i = 0; i < kept; i++) {
        states_.push_back(LayerState::declare(tensors_, weights.architecture(), parameters, tokens_));
    }
    tensors_.allocate(backend, settings_.memory, &workspace.activations());
}

size_t Pass::graphNodes() const {
    // Attention composes some 40 nodes for each sequence and 40 for each tile, of 64 queries or more.
    return 1024 + sequences_.size() * 96 + static_cast<size_t>(tokens_ / 64) * 48;
}

void Pass::embed(Graph& graph, std::span<const int32_t> ids) {
    graph.store(gg::get_rows(graph, weights_.embeddings(), graph.input(ids)), inputOf(0));
}

void Pass::forwardLayer(Graph& graph, size_t layer, bool recompute) {
    const LayerGraph::Context context{operators_, weights_, parameters_, sequences_, positions_, settings_.dropoutKey};
    LayerGraph builder(graph, context, layer);
    const bool keep = recompute || settings_.activations == Activations::Keep;
    builder.forward(inputOf(layer), keep ? &stateOf(layer) : nullptr, recompute ? nullptr : inputOf(layer + 1));
}

void Pass::backwardLayer(Graph& graph, size_t layer) {
    const LayerGraph::Context context{operators_, weights_, parameters_, sequences_, positions_, settings_.dropoutKey};
    LayerGraph builder(graph, context, layer);
    ggml_tensor* gradient = builder.backward(inputOf(layer), stateOf(layer), gradient_);
    // Nobody asks for that of frozen embeddings.
    const bool wanted = layer > 0 || (parameters_ && parameters_->gradientOf(weights_.embeddings()));
    if (wanted) graph.store(gradient, gradient_);
}

void Pass::forward(std::span<const int32_t> ids) {
    {
        Graph graph(64);
        embed(graph, ids);
        graph.run(backend_, workspace_);
    }
    for (size_t i = 0; i < weights_.layers().size(); i++) {
        Graph graph(graphNodes());
        forwardLayer(graph, i, false);
        graph.run(backend_, workspace_);
    }
}

void Pass::backward(std::span<const int32_t> ids) {
    for (size_t i = weights_.layers().size(); i-- > 0;) {
        if (settings_.activations == Activations::Recompute) {
            Graph graph(graphNodes());
            forwardLayer(graph, i, true);
            graph.run(backend_, workspace_);
        }
        Graph graph(graphNodes());
        backwardLayer(graph, i);
        graph.run(backend_, workspace_);
    }
    addEmbeddingGradient(ids);
}

// Rows of the embedding matrix gather the gradients of the tokens that they stand for.
void Pass::addEmbeddingGradient(std::span<const int32_t> ids) const {
    ggml_tensor* target = parameters_ ? parameters_->gradientOf(weights_.embeddings()) : nullptr;
    if (!target) return;
    const auto size = static_cast<size_t>(weights_.architecture().embedding);
    const std::vector<float> parts = download(gradient_);
    std::vector<float> row(size);
    for (size_t t = 0; t < ids.size(); t++) {
        const size_t offset = static_cast<size_t>(ids[t]) * target->nb[1];
        gg::backend_tensor_get(target, row.data(), offset, size * sizeof(float));
        for (size_t i = 0; i < size; i++) row[i] += parts[t * size + i];
        gg::backend_tensor_set(target, row.data(), offset, size * sizeof(float));
    }
}

size_t Pass::graphBytes() {
    Graph forward(graphNodes());
    forwardLayer(forward, 0, false);
    if (settings_.activations == Activations::ForwardOnly) return forward.bytesOn(backend_);
    Graph backward(graphNodes());
    backwardLayer(backward, 0);
    return std::max(forward.bytesOn(backend_), backward.bytesOn(backend_));
}

}  // namespace lagotto
