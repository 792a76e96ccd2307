#pragma once

#include <memory>
#include <vector>

#include "graph/tensors.h"

namespace lagotto {

/// Where each of several sequences lies in a packed step: tokens [start, start + length).
struct Sequence {
    int64_t start;
    int64_t length;
};

struct AttentionGradients {
    ggml_tensor* queries;
    ggml_tensor* keys;
    ggml_tensor* values;
};

/// The heavy operators of a decoder and of its gradient. This base composes them from operators that every ggml back
/// end has; faster ones for one back end override them.
///
/// Shapes are in ggml's order. T is the number of tokens, D a head's size, H and KV the numbers of heads.
class Operators {
public:
    explicit Operators(int64_t tile) : tile_(tile) {}
    virtual ~Operators() = default;

    /// w · x: [inputs, outputs] and [inputs, T] give [outputs, T].
    virtual ggml_tensor* multiply(Graph& g, ggml_tensor* w, ggml_tensor* x) const;
    /// Computes multiply() into a tensor that outlives the graph.
    virtual void multiplyInto(Graph& g, ggml_tensor* target, ggml_tensor* w, ggml_tensor* x) const;
    /// wᵀ · y: [inputs, outputs] and [outputs, T] give [inputs, T].
    virtual ggml_tensor* multiplyTransposed(Graph& g, ggml_tensor* w, ggml_tensor* y) const;
    /// Sum over tokens of the outer products: [m, T] and [n, T] give [m, n].
    virtual ggml_tensor* outer(Graph& g, ggml_tensor* a, ggml_tensor* b) const;

    /// Causal attention within each sequence; queries [D, H, T], keys and values [D, KV, T] give [D·H, T].
    virtual ggml_tensor* attention(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                                   const std::vector<Sequence>& sequences) const;
    /// Its gradient, given that of its result ([D·H, T]) and the result. Nothing of the size T×T is kept.
    virtual AttentionGradients attentionBackward(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                                                 ggml_tensor* result, ggml_tensor* gradient,
                                                 const std::vector<Sequence>& sequences) const;

    /// The gradient of RMS norm (without weight) with respect to its input x, given that of its result.
    virtual ggml_tensor* rmsNormBackward(Graph& g, ggml_tensor* gradient, ggml_tensor* x, float epsilon) const;

protected:
    /// Queries that attention handles at once.
    int64_t tile() const { return tile_; }

private:
    int64_t tile_;
};

}  // namespace lagotto
