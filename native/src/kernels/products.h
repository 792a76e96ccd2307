#pragma once

#include "graph/operators.h"
#include "kernels/kernels.h"

namespace lagotto {

/// What an operator that multiplies needs besides its tensors: pairs of matrices, and perhaps what the sum begins with.
struct ProductJob {
    int64_t pairs;
    bool transposed;
    bool onto;
    /// Round inputs to BF16, where the hardware multiplies such; sums are F32.
    bool bf16;
};

/// Memory for one thread's products.
Scratch& threadScratch();

/// The operand that a tensor's rows are.
Operand operandOf(const ggml_tensor* tensor, bool across);

/// Operators for gg::custom; `data` is a ProductJob. Sources: w and x of each pair, then `onto`; result: onto + Σ w ·
/// x, or with wᵀ.
void sumProducts(ggml_tensor* result, int thread, int threads, void* data);
/// In place: adds to the target [m, n] the outer products of a [m, T] and b [n, T].
void sumOuterProducts(ggml_tensor* result, int thread, int threads, void* data);

}  // namespace lagotto
