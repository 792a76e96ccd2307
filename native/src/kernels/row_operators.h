#pragma once

#include "graph/operators.h"

namespace lagotto {

/// What an operator on rows needs besides its tensors.
struct RowJob {
    float epsilon;
    /// Whether the last source is something that the result is added to.
    bool onto;
};

/// Operators for gg::custom; `data` is a RowJob.

/// Sources: x, weight.
void normRows(ggml_tensor* result, int thread, int threads, void* data);
/// Sources: gradient, x, weight, onto.
void normRowsBackward(ggml_tensor* result, int thread, int threads, void* data);
/// In place in the weight's gradient; sources: gradient, x.
void addNormRowsGradient(ggml_tensor* result, int thread, int threads, void* data);
/// In place; source: x, whose rows are added to the target.
void addRowsTo(ggml_tensor* result, int thread, int threads, void* data);
/// Sources: gate, up.
void gateRows(ggml_tensor* result, int thread, int threads, void* data);
/// In place in gate, and in the source `up`; the other source: the gradient.
void gateRowsBackward(ggml_tensor* result, int thread, int threads, void* data);
/// Computes nothing: gives an order to what others left behind.
void nothing(ggml_tensor* result, int thread, int threads, void* data);

}  // namespace lagotto
