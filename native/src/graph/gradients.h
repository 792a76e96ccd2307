#pragma once

#include <vector>

#include "graph/operators.h"
#include "training/parameters.h"

namespace lagotto {

/// Adds parts to the gradients of parameters; does nothing for what is frozen.
class Gradients {
public:
    /// @param parameters  null when nothing trains
    Gradients(Graph& graph, const Operators& operators, const Parameters* parameters)
        : g_(graph), operators_(operators), parameters_(parameters) {}

    /// Of w in y = w · x, given that of y.
    void ofMatrix(const ggml_tensor* w, ggml_tensor* x, ggml_tensor* gradient) const;
    /// Of a vector that was added to each row.
    void ofBias(const ggml_tensor* bias, ggml_tensor* gradient) const;
    /// Of the weight of an RMS norm.
    void ofNorm(const ggml_tensor* weight, ggml_tensor* x, ggml_tensor* gradient, float epsilon) const;

private:
    ggml_tensor* find(const ggml_tensor* of) const { return parameters_ && of ? parameters_->gradientOf(of) : nullptr; }

    Graph& g_;
    const Operators& operators_;
    const Parameters* parameters_;
};

/// A sum of products with transposed matrices, computed in as few passes over memory as possible.
class TransposedSum {
public:
    TransposedSum(Graph& graph, const Operators& operators) : g_(graph), operators_(operators) {}

    void add(ggml_tensor* w, ggml_tensor* x) { pairs_.push_back({w, x}); }
    void add(ggml_tensor* part) { onto_ = onto_ ? gg::add(g_, onto_, part) : part; }
    ggml_tensor* result() const;

private:
    Graph& g_;
    const Operators& operators_;
    std::vector<Factors> pairs_;
    ggml_tensor* onto_ = nullptr;
};

}  // namespace lagotto
