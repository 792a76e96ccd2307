#pragma once

#include "graph/operators.h"
#include "training/parameters.h"

namespace lagotto {

/// Adds a part to the gradient of a tensor; nothing when the tensor is frozen (then the part is never computed).
void addToGradient(Graph& g, const Parameters* parameters, const ggml_tensor* of, ggml_tensor* part);

/// The gradient of a vector that was added to, or multiplied with, each row of x.
ggml_tensor* sumOverRows(Graph& g, ggml_tensor* x);

/// RMS norm with weight (Zhang and Sennrich 2019).
ggml_tensor* norm(Graph& g, ggml_tensor* x, ggml_tensor* weight, float epsilon);

/// The gradient of norm() with respect to x; adds to that of the weight.
ggml_tensor* normBackward(Graph& g, const Operators& operators, const Parameters* parameters, ggml_tensor* gradient,
                          ggml_tensor* x, ggml_tensor* weight, float epsilon);

}  // namespace lagotto
