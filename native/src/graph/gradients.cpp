#include "graph/gradients.h"

#include <algorithm>

namespace lagotto {

void Gradients::ofMatrix(const ggml_tensor* w, ggml_tensor* x, ggml_tensor* gradient) const {
    if (ggml_tensor* sum = find(w)) operators_.addOuter(g_, sum, x, gradient);
}

void Gradients::ofBias(const ggml_tensor* bias, ggml_tensor* gradient) const {
    if (ggml_tensor* sum = find(bias)) operators_.addRows(g_, sum, gradient);
}

void Gradients::ofNorm(const ggml_tensor* weight, ggml_tensor* x, ggml_tensor* gradient, float epsilon) const {
    if (ggml_tensor* sum = find(weight)) operators_.addNormGradient(g_, sum, gradient, x, epsilon);
}

ggml_tensor* TransposedSum::result() const {
    ggml_tensor* sum = onto_;
    for (auto from = pairs_.begin(); from != pairs_.end();) {
        const auto to = from + std::min<std::ptrdiff_t>(Operators::mostPairs, pairs_.end() - from);
        sum = operators_.multiplyTransposed(g_, {from, to}, sum);
        from = to;
    }
    return sum;
}

}  // namespace lagotto
