#include "graph/operators.h"

namespace lagotto {

ggml_tensor* Operators::multiply(Graph& g, ggml_tensor* w, ggml_tensor* x) const { return gg::mul_mat(g, w, x); }

void Operators::multiplyInto(Graph& g, ggml_tensor* target, ggml_tensor* w, ggml_tensor* x) const {
    g.store(multiply(g, w, x), target);
}

ggml_tensor* Operators::multiplyTransposed(Graph& g, ggml_tensor* w, ggml_tensor* y) const {
    ggml_tensor* plain = gg::blck_size(w->type) == 1 ? w : gg::cast(g, w, GGML_TYPE_F32);
    return gg::mul_mat(g, gg::cont(g, gg::transpose(g, plain)), y);
}

ggml_tensor* Operators::outer(Graph& g, ggml_tensor* a, ggml_tensor* b) const {
    return gg::mul_mat(g, gg::cont(g, gg::transpose(g, a)), gg::cont(g, gg::transpose(g, b)));
}

// With r = √(mean(x²) + ε) and n = x/r: dx = (dn − n · mean(n∘dn)) / r.
ggml_tensor* Operators::rmsNormBackward(Graph& g, ggml_tensor* gradient, ggml_tensor* x, float epsilon) const {
    const float share = 1.0f / static_cast<float>(x->ne[0]);
    ggml_tensor* norm = gg::rms_norm(g, x, epsilon);
    ggml_tensor* mean = gg::scale(g, gg::sum_rows(g, gg::mul(g, norm, gradient)), share);
    ggml_tensor* root = gg::sqrt(g, gg::scale_bias(g, gg::sum_rows(g, gg::sqr(g, x)), share, epsilon));
    return gg::div(g, gg::sub(g, gradient, gg::mul(g, norm, mean)), root);
}

}  // namespace lagotto
