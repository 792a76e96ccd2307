#pragma once

#include <functional>
#include <span>

#include "training/pass.h"

namespace lagotto {

/// From the last layer to logits and values, at chosen rows only and some rows at a time: logits of a long sequence
/// over a large vocabulary would not fit anywhere.
class Head {
public:
    struct Wanted {
        bool logits;
        bool values;
        /// Whether visitors leave gradients behind, to be carried back into Pass::gradient().
        bool gradient;
    };
    /// One chunk of rows, [first, first + count): logits [count, vocabulary] and values [count]. With Wanted::gradient
    /// the visitor overwrites both with the loss's gradients.
    struct Chunk {
        size_t first;
        size_t count;
        std::span<float> logits;
        std::span<float> values;
    };

    /// @param chunk  rows at a time
    Head(Backend& backend, const Operators& operators, const Weights& weights, const Parameters* parameters,
         const Workspace& workspace, int64_t chunk, Memory memory);

    void visit(Pass& pass, std::span<const int32_t> rows, const Wanted& wanted,
               const std::function<void(const Chunk&)>& visitor);

    size_t bytes() const { return tensors_.bytes(); }
    /// Bytes of the largest graph.
    size_t graphBytes(Pass& pass, bool gradient);

private:
    ggml_tensor* hidden(Graph& graph, Pass& pass, std::span<const int32_t> rows) const;
    void forward(Graph& graph, Pass& pass, std::span<const int32_t> rows, bool logits, ggml_tensor*& normed);
    ggml_tensor* backward(Graph& graph, Pass& pass, std::span<const int32_t> rows, const Wanted& wanted,
                          std::span<const float> fromValues);
    ggml_tensor* logitsOf(Graph& graph, size_t count) const;
    void valuesOf(std::span<const float> normed, std::span<float> values) const;
    std::vector<float> valuesBackward(std::span<const float> normed, std::span<const float> slopes) const;

    Backend& backend_;
    const Operators& operators_;
    const Weights& weights_;
    const Parameters* parameters_;
    const Workspace& workspace_;
    int64_t chunk_;
    TensorSet tensors_;
    ggml_tensor* logits_;
};

}  // namespace lagotto
