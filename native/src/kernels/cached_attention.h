#pragma once

#include <vector>

#include "graph/operators.h"

namespace lagotto {

/// What the operator below needs besides tensors: for each sequence its tokens in this step, and where the keys and
/// values of the layer lie, [size, capacity] for one head after the other. `past` tokens are there already.
struct CachedAttentionJob {
    struct Part {
        int64_t start, count, past, capacity;
        float *keys, *values;
    };
    std::vector<Part> parts;
};

/// Sources: queries [D, H, T], keys and values [D, KV, T]; result [D·H, T]. Appends the keys and values to the cache,
/// and lets each query see what is in it up to its own token. `data` is a CachedAttentionJob. What comes out for a
/// sequence does not depend on the others of the step.
void cachedAttention(ggml_tensor* result, int thread, int threads, void* data);

}  // namespace lagotto
