#pragma once

#include <vector>

#include "decoding/cache.h"
#include "graph/operators.h"
#include "kernels/cached_attention.h"

namespace lagotto {

/// The operators of one layer of a decoder that remembers: attention reads and fills the caches of the sequences, the
/// rest is what it is without.
class CachedOperators : public Operators {
public:
    /// A sequence's cache, and how many tokens are in it.
    struct Member {
        KeyValueCache* cache;
        int64_t past;
    };

    CachedOperators(const Operators& others, const std::vector<Member>& members, size_t layer)
        : Operators(others.tile()), others_(others), members_(members), layer_(layer) {}

    ggml_tensor* attention(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                           const std::vector<Sequence>& sequences, ggml_tensor*) const override {
        auto* job = g.own(CachedAttentionJob{});
        for (size_t i = 0; i < sequences.size(); i++) {
            const auto [cache, past] = members_[i];
            job->parts.push_back({sequences[i].start, sequences[i].length, past, cache->capacity(), cache->keys(layer_),
                                  cache->values(layer_)});
        }
        std::vector<ggml_tensor*> sources{queries, keys, values};
        return gg::custom_4d(g, GGML_TYPE_F32, queries->ne[0] * queries->ne[1], queries->ne[2], 1, 1, sources.data(),
                             static_cast<int>(sources.size()), cachedAttention, GGML_N_TASKS_MAX, job);
    }

    ggml_tensor* multiply(Graph& g, const std::vector<Factors>& pairs, ggml_tensor* onto,
                          ggml_tensor* into) const override {
        return others_.multiply(g, pairs, onto, into);
    }
    ggml_tensor* norm(Graph& g, ggml_tensor* x, ggml_tensor* weight, float epsilon) const override {
        return others_.norm(g, x, weight, epsilon);
    }
    ggml_tensor* gated(Graph& g, ggml_tensor* gate, ggml_tensor* up) const override {
        return others_.gated(g, gate, up);
    }

private:
    const Operators& others_;
    const std::vector<Member>& members_;
    size_t layer_;
};

}  // namespace lagotto
