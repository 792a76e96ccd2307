#include "graph/gradients.h"

namespace lagotto {

void addToGradient(Graph& g, const Parameters* parameters, const ggml_tensor* of, ggml_tensor* part) {
    ggml_tensor* gradient = parameters ? parameters->gradientOf(of) : nullptr;
    if (gradient) g.compute(gg::add_inplace(g, gradient, part));
}

ggml_tensor* sumOverRows(Graph& g, ggml_tensor* x) {
    ggml_tensor* flat = gg::reshape_2d(g, x, x->ne[0], x->ne[1] * x->ne[2]);
    return gg::reshape_2d(g, gg::sum_rows(g, gg::cont(g, gg::transpose(g, flat))), x->ne[0], 1);
}

ggml_tensor* norm(Graph& g, ggml_tensor* x, ggml_tensor* weight, float epsilon) {
    return gg::mul(g, gg::rms_norm(g, x, epsilon), weight);
}

ggml_tensor* normBackward(Graph& g, const Operators& operators, const Parameters* parameters, ggml_tensor* gradient,
                          ggml_tensor* x, ggml_tensor* weight, float epsilon) {
    if (parameters && parameters->gradientOf(weight)) {
        addToGradient(g, parameters, weight, sumOverRows(g, gg::mul(g, gradient, gg::rms_norm(g, x, epsilon))));
    }
    return operators.rmsNormBackward(g, gg::mul(g, gradient, weight), x, epsilon);
}

}  // namespace lagotto
