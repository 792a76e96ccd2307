#include "training/head.h"

#include <algorithm>

#include "graph/gradients.h"

namespace lagotto {

Head::Head(Backend& backend, const Operators& operators, const Weights& weights, const Parameters* parameters,
           const Workspace& workspace, int64_t chunk, Memory memory)
    : backend_(backend),
      operators_(operators),
      weights_(weights),
      parameters_(parameters),
      workspace_(workspace),
      chunk_(chunk),
      tensors_(1),
      logits_(tensors_.add(GGML_TYPE_F32, {weights.architecture().vocabulary, chunk})) {
    tensors_.allocate(backend, memory, &workspace.logits());
}

ggml_tensor* Head::hidden(Graph& graph, Pass& pass, std::span<const int32_t> rows) const {
    return gg::get_rows(graph, pass.result(), graph.input(rows));
}

ggml_tensor* Head::logitsOf(Graph& graph, size_t count) const {
    return gg::view_2d(graph, logits_, logits_->ne[0], static_cast<int64_t>(count), logits_->nb[1], 0);
}

void Head::forward(Graph& graph, Pass& pass, std::span<const int32_t> rows, bool logits, ggml_tensor*& normed) {
    normed =
        operators_.norm(graph, hidden(graph, pass, rows), weights_.outputNorm(), weights_.architecture().normEpsilon);
    graph.output(normed);
    if (logits) operators_.multiply(graph, {{weights_.head(), normed}}, nullptr, logitsOf(graph, rows.size()));
}

ggml_tensor* Head::backward(Graph& graph, Pass& pass, std::span<const int32_t> rows, const Wanted& wanted,
                            std::span<const float> fromValues) {
    const auto count = static_cast<int64_t>(rows.size());
    const float epsilon = weights_.architecture().normEpsilon;
    const Gradients gradients(graph, operators_, parameters_);
    ggml_tensor* x = hidden(graph, pass, rows);
    ggml_tensor* gradient = nullptr;
    if (wanted.logits) {
        ggml_tensor* fromLogits = logitsOf(graph, rows.size());
        gradients.ofMatrix(weights_.head(), operators_.norm(graph, x, weights_.outputNorm(), epsilon), fromLogits);
        gradient = operators_.multiplyTransposed(graph, {{weights_.head(), fromLogits}});
    }
    if (wanted.values) {
        ggml_tensor* part = graph.input(fromValues, count, weights_.architecture().embedding);
        gradient = gradient ? gg::add(graph, gradient, part) : part;
    }
    gradients.ofNorm(weights_.outputNorm(), x, gradient, epsilon);
    return graph.output(operators_.normBackward(graph, gradient, x, weights_.outputNorm(), epsilon));
}

void Head::valuesOf(std::span<const float> normed, std::span<float> values) const {
    const auto weight = download(parameters_->valueHead().weight);
    const float bias = download(parameters_->valueHead().bias)[0];
    for (size_t i = 0; i < values.size(); i++) {
        double sum = bias;
        for (size_t j = 0; j < weight.size(); j++) sum += weight[j] * normed[i * weight.size() + j];
        values[i] = static_cast<float>(sum);
    }
}

std::vector<float> Head::valuesBackward(std::span<const float> normed, std::span<const float> slopes) const {
    const ValueHead& head = parameters_->valueHead();
    const auto weight = download(head.weight);
    auto dWeight = download(parameters_->gradientOf(head.weight));
    auto dBias = download(parameters_->gradientOf(head.bias));
    std::vector<float> gradient(normed.size());
    for (size_t i = 0; i < slopes.size(); i++) {
        for (size_t j = 0; j < weight.size(); j++) {
            const size_t at = i * weight.size() + j;
            gradient[at] = slopes[i] * weight[j];
            dWeight[j] += slopes[i] * normed[at];
        }
        dBias[0] += slopes[i];
    }
    upload(parameters_->gradientOf(head.weight), dWeight);
    upload(parameters_->gradientOf(head.bias), dBias);
    return gradient;
}

void Head::visit(Pass& pass, std::span<const int32_t> rows, const Wanted& wanted,
                 const std::function<void(const Chunk&)>& visitor) {
    if (wanted.gradient) gg::backend_tensor_memset(pass.gradient(), 0, 0, gg::nbytes(pass.gradient()));
    const auto vocabulary = static_cast<size_t>(logits_->ne[0]);
    // On the CPU the visitor works in the tensor itself; elsewhere in a copy.
    std::vector<float> staging(backend_.isCpu() || !wanted.logits ? 0 : vocabulary * chunk_);
    for (size_t first = 0; first < rows.size(); first += chunk_) {
        const size_t count = std::min<size_t>(chunk_, rows.size() - first);
        const auto some = rows.subspan(first, count);
        std::vector<float> normed, values(wanted.values ? count : 0);
        {
            Graph graph(128);
            ggml_tensor* output = nullptr;
            forward(graph, pass, some, wanted.logits, output);
            graph.run(backend_, workspace_);
            if (wanted.values) normed = download(output);
        }
        if (wanted.values) valuesOf(normed, values);
        const size_t size = wanted.logits ? count * vocabulary : 0;
        float* logits = backend_.isCpu() ? static_cast<float*>(logits_->data) : staging.data();
        if (!backend_.isCpu() && size > 0) gg::backend_tensor_get(logits_, logits, 0, size * sizeof(float));
        visitor({first, count, {logits, size}, values});
        if (!wanted.gradient) continue;

        if (!backend_.isCpu() && size > 0) gg::backend_tensor_set(logits_, logits, 0, size * sizeof(float));
        const auto fromValues = wanted.values ? valuesBackward(normed, values) : std::vector<float>{};
        Graph graph(256);
        ggml_tensor* output = backward(graph, pass, some, wanted, fromValues);
        graph.run(backend_, workspace_);
        const auto gradient = download(output);
        const size_t rowBytes = pass.gradient()->nb[1];
        for (size_t i = 0; i < count; i++) {
            gg::backend_tensor_set(pass.gradient(), gradient.data() + i * rowBytes / sizeof(float), some[i] * rowBytes,
                                   rowBytes);
        }
    }
}

size_t Head::graphBytes(Pass& pass, bool gradient) {
    std::vector<int32_t> rows(static_cast<size_t>(std::min(chunk_, pass.tokens())));
    ggml_tensor* normed = nullptr;
    Graph there(128);
    forward(there, pass, rows, true, normed);
    if (!gradient) return there.bytesOn(backend_);
    Graph back(256);
    backward(back, pass, rows, {true, false, true}, {});
    return std::max(there.bytesOn(backend_), back.bytesOn(backend_));
}

}  // namespace lagotto
