#include "graph/operators.h"

namespace lagotto {
namespace {

ggml_tensor* plus(Graph& g, ggml_tensor* onto, ggml_tensor* part) {
    if (!onto) return part;
    return onto->ne[1] == part->ne[1] ? gg::add(g, onto, part) : gg::add(g, part, onto);
}

}  // namespace

ggml_tensor* Operators::stored(Graph& g, ggml_tensor* value, ggml_tensor* into) {
    if (into) g.store(value, into);
    return value;
}

ggml_tensor* Operators::multiply(Graph& g, const std::vector<Factors>& pairs, ggml_tensor* onto,
                                 ggml_tensor* into) const {
    for (const auto [w, x] : pairs) onto = plus(g, onto, gg::mul_mat(g, w, x));
    return stored(g, onto, into);
}

ggml_tensor* Operators::multiplyTransposed(Graph& g, const std::vector<Factors>& pairs, ggml_tensor* onto) const {
    for (const auto [w, x] : pairs) {
        ggml_tensor* plain = gg::blck_size(w->type) == 1 ? w : gg::cast(g, w, GGML_TYPE_F32);
        onto = plus(g, onto, gg::mul_mat(g, gg::cont(g, gg::transpose(g, plain)), x));
    }
    return onto;
}

void Operators::addOuter(Graph& g, ggml_tensor* sum, ggml_tensor* a, ggml_tensor* b) const {
    const auto turned = [&](ggml_tensor* x) { return gg::cont(g, gg::transpose(g, x)); };
    g.compute(gg::add_inplace(g, sum, gg::mul_mat(g, turned(a), turned(b))));
}

void Operators::addRows(Graph& g, ggml_tensor* sum, ggml_tensor* x) const {
    ggml_tensor* flat = gg::reshape_2d(g, x, x->ne[0], x->ne[1] * x->ne[2]);
    ggml_tensor* rows = gg::sum_rows(g, gg::cont(g, gg::transpose(g, flat)));
    g.compute(gg::add_inplace(g, sum, gg::reshape_2d(g, rows, x->ne[0], 1)));
}

ggml_tensor* Operators::norm(Graph& g, ggml_tensor* x, ggml_tensor* weight, float epsilon) const {
    return gg::mul(g, gg::rms_norm(g, x, epsilon), weight);
}

// With r = √(mean(x²) + ε) and n = x/r: dx = (dn − n · mean(n∘dn)) / r.
ggml_tensor* Operators::normBackward(Graph& g, ggml_tensor* gradient, ggml_tensor* x, ggml_tensor* weight,
                                     float epsilon, ggml_tensor* onto) const {
    const float share = 1.0f / static_cast<float>(x->ne[0]);
    gradient = gg::mul(g, gradient, weight);
    ggml_tensor* norm = gg::rms_norm(g, x, epsilon);
    ggml_tensor* mean = gg::scale(g, gg::sum_rows(g, gg::mul(g, norm, gradient)), share);
    ggml_tensor* root = gg::sqrt(g, gg::scale_bias(g, gg::sum_rows(g, gg::sqr(g, x)), share, epsilon));
    return plus(g, onto, gg::div(g, gg::sub(g, gradient, gg::mul(g, norm, mean)), root));
}

void Operators::addNormGradient(Graph& g, ggml_tensor* sum, ggml_tensor* gradient, ggml_tensor* x,
                                float epsilon) const {
    Operators::addRows(g, sum, gg::mul(g, gradient, gg::rms_norm(g, x, epsilon)));
}

ggml_tensor* Operators::gated(Graph& g, ggml_tensor* gate, ggml_tensor* up) const {
    return gg::swiglu_split(g, gate, up);
}

GateGradients Operators::gatedBackward(Graph& g, ggml_tensor* gate, ggml_tensor* up, ggml_tensor* gradient) const {
    return {gg::silu_back(g, gg::mul(g, gradient, up), gate), gg::mul(g, gradient, gg::silu(g, gate))};
}

}  // namespace lagotto
