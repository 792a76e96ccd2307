#pragma once

#include <vector>

#include "graph/operators.h"

namespace lagotto {

/// What the custom operators below need besides tensors.
struct AttentionJob {
    std::vector<Sequence> sequences;
    /// Round the inputs of products to BF16 where the hardware multiplies such.
    bool bf16;
};

/// Sources: queries [D, H, T], keys and values [D, KV, T]; result [D·H, T]. `data` is an AttentionJob.
void attentionForward(ggml_tensor* result, int thread, int threads, void* data);

/// Sources: queries, keys, values, the forward pass's result and its gradient; result: the gradients of queries, keys
/// and values behind each other.
void attentionBackward(ggml_tensor* result, int thread, int threads, void* data);

}  // namespace lagotto
