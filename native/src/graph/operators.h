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

/// A matrix w [inputs, outputs] and what it, or its transpose, is multiplied with.
struct Factors {
    ggml_tensor* w;
    ggml_tensor* x;
};

struct AttentionGradients {
    ggml_tensor* queries;
    ggml_tensor* keys;
    ggml_tensor* values;
};

struct GateGradients {
    ggml_tensor* gate;
    ggml_tensor* up;
};

/// The operators of a decoder and of its gradient. This base composes them from operators that every ggml back end has;
/// faster ones for one back end override them.
///
/// Shapes are in ggml's order. T is the number of tokens, D a head's size, H and KV the numbers of heads. `onto` is
/// something that the result is added to, and may be null; `into` a tensor that outlives the graph and takes the
/// result, if it is not null; then it is computed.
class Operators {
public:
    explicit Operators(int64_t tile) : tile_(tile) {}
    virtual ~Operators() = default;

    /// Pairs that are multiplied and added at once: a node of a graph has no more than ten sources.
    static constexpr int64_t mostPairs = 4;

    /// onto + Σ w · x, over at most mostPairs: [inputs, T] gives [outputs, T]. `onto` may be one row.
    virtual ggml_tensor* multiply(Graph& g, const std::vector<Factors>& pairs, ggml_tensor* onto = nullptr,
                                  ggml_tensor* into = nullptr) const;
    /// onto + Σ wᵀ · x, over at most mostPairs: [outputs, T] gives [inputs, T].
    virtual ggml_tensor* multiplyTransposed(Graph& g, const std::vector<Factors>& pairs,
                                            ggml_tensor* onto = nullptr) const;
    /// Adds to `sum` [m, n] the outer products over all tokens of a [m, T] and b [n, T].
    virtual void addOuter(Graph& g, ggml_tensor* sum, ggml_tensor* a, ggml_tensor* b) const;
    /// Adds to `sum` [m] all rows of x.
    virtual void addRows(Graph& g, ggml_tensor* sum, ggml_tensor* x) const;

    /// Causal attention within each sequence; queries [D, H, T], keys and values [D, KV, T] give [D·H, T].
    virtual ggml_tensor* attention(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                                   const std::vector<Sequence>& sequences, ggml_tensor* into = nullptr) const;
    /// Its gradient, given that of its result ([D·H, T]) and the result. Nothing of the size T×T is kept.
    virtual AttentionGradients attentionBackward(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                                                 ggml_tensor* result, ggml_tensor* gradient,
                                                 const std::vector<Sequence>& sequences) const;

    /// RMS norm of each row, with weight (Zhang and Sennrich 2019).
    virtual ggml_tensor* norm(Graph& g, ggml_tensor* x, ggml_tensor* weight, float epsilon) const;
    /// onto + the gradient of norm() with respect to x, given that of its result.
    virtual ggml_tensor* normBackward(Graph& g, ggml_tensor* gradient, ggml_tensor* x, ggml_tensor* weight,
                                      float epsilon, ggml_tensor* onto = nullptr) const;
    /// Adds to `sum` the gradient of norm() with respect to its weight.
    virtual void addNormGradient(Graph& g, ggml_tensor* sum, ggml_tensor* gradient, ggml_tensor* x,
                                 float epsilon) const;

    /// silu(gate) ∘ up
    virtual ggml_tensor* gated(Graph& g, ggml_tensor* gate, ggml_tensor* up) const;
    /// The gradients of gated(). They may take the place of gate and up.
    virtual GateGradients gatedBackward(Graph& g, ggml_tensor* gate, ggml_tensor* up, ggml_tensor* gradient) const;

    /// Queries that composed attention handles at once.
    int64_t tile() const { return tile_; }

protected:
    static ggml_tensor* stored(Graph& g, ggml_tensor* value, ggml_tensor* into);

private:
    int64_t tile_;
};

}  // namespace lagotto
