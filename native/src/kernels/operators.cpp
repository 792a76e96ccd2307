#include "kernels/operators.h"

#include <algorithm>

#include "kernels/attention.h"
#include "kernels/kernels.h"

namespace lagotto {
namespace {

Scratch& threadScratch() {
    static thread_local Scratch scratch;
    return scratch;
}

// Weights that were rounded anyway are multiplied with BF16 inputs where the hardware does so; F32 and F16 stay exact.
bool toleratesBf16(ggml_type type) { return type != GGML_TYPE_F32 && type != GGML_TYPE_F16; }

// This thread's columns: contiguous, in units that neither tear a block of a quantized type nor waste registers.
void takeShare(Product& product, int64_t columns, int64_t unit, int thread, int threads) {
    const int64_t units = (columns + unit - 1) / unit;
    product.begin = std::min(columns, units * thread / threads * unit);
    product.end = std::min(columns, units * (thread + 1) / threads * unit);
}

// result [m, T] = w · x, or wᵀ · x with `across`.
void multiplyWeights(ggml_tensor* result, int thread, int threads, bool across) {
    // An operator in place has its target as the first source.
    ggml_tensor* const* sources = result->src + (result->view_src ? 1 : 0);
    const ggml_tensor *w = sources[0], *x = sources[1];
    const auto& k = kernels();
    const bool plain = w->type == GGML_TYPE_F32;
    Product product{.rows = x->ne[1],
                    .inner = x->ne[0],
                    .begin = 0,
                    .end = 0,
                    .a = static_cast<const float*>(x->data),
                    .aRow = static_cast<int64_t>(x->nb[1] / sizeof(float)),
                    .aStep = 1,
                    .b = static_cast<const std::byte*>(w->data),
                    .bRowBytes = w->nb[1],
                    .across = across,
                    .bf16 = w->type == GGML_TYPE_BF16,
                    .decode = plain ? nullptr : gg::get_type_traits(w->type)->to_float,
                    .blockElements = gg::blck_size(w->type),
                    .blockBytes = gg::row_size(w->type, gg::blck_size(w->type)),
                    .c = static_cast<float*>(result->data),
                    .cRow = result->ne[0],
                    .add = false};
    takeShare(product, result->ne[0], std::max(k.columns, across ? product.blockElements : 1), thread, threads);
    if (product.begin == product.end) return;
    (k.multiplyBf16 && toleratesBf16(w->type) ? k.multiplyBf16 : k.multiply)(product, threadScratch());
}

void multiplyForward(ggml_tensor* result, int thread, int threads, void*) {
    multiplyWeights(result, thread, threads, false);
}

void multiplyBackward(ggml_tensor* result, int thread, int threads, void*) {
    multiplyWeights(result, thread, threads, true);
}

// result [m, n] = Σ a [m, T] ⊗ b [n, T]
void sumOuterProducts(ggml_tensor* result, int thread, int threads, void*) {
    const ggml_tensor* a = result->src[0];
    const ggml_tensor* b = result->src[1];
    const auto& k = kernels();
    Product product{.rows = b->ne[0],
                    .inner = b->ne[1],
                    .begin = 0,
                    .end = 0,
                    .a = static_cast<const float*>(b->data),
                    .aRow = 1,
                    .aStep = static_cast<int64_t>(b->nb[1] / sizeof(float)),
                    .b = static_cast<const std::byte*>(a->data),
                    .bRowBytes = a->nb[1],
                    .across = true,
                    .bf16 = false,
                    .decode = nullptr,
                    .blockElements = 1,
                    .blockBytes = sizeof(float),
                    .c = static_cast<float*>(result->data),
                    .cRow = result->ne[0],
                    .add = false};
    takeShare(product, result->ne[0], k.columns, thread, threads);
    if (product.begin < product.end) k.multiply(product, threadScratch());
}

class FusedOperators : public Operators {
public:
    using Operators::Operators;

    ggml_tensor* multiply(Graph& g, ggml_tensor* w, ggml_tensor* x) const override {
        return custom(g, w->ne[1], x->ne[1], {w, x}, multiplyForward);
    }

    void multiplyInto(Graph& g, ggml_tensor* target, ggml_tensor* w, ggml_tensor* x) const override {
        ggml_tensor* sources[] = {w, x};
        g.compute(gg::custom_inplace(g, target, sources, 2, multiplyForward, GGML_N_TASKS_MAX, nullptr));
    }

    ggml_tensor* multiplyTransposed(Graph& g, ggml_tensor* w, ggml_tensor* y) const override {
        return custom(g, w->ne[0], y->ne[1], {w, y}, multiplyBackward);
    }

    ggml_tensor* outer(Graph& g, ggml_tensor* a, ggml_tensor* b) const override {
        return custom(g, a->ne[0], b->ne[0], {a, b}, sumOuterProducts);
    }

    ggml_tensor* attention(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                           const std::vector<Sequence>& sequences) const override {
        auto* job = g.own<AttentionJob>(AttentionJob{sequences});
        return custom(g, queries->ne[0] * queries->ne[1], queries->ne[2], {queries, keys, values}, attentionForward,
                      job);
    }

    AttentionGradients attentionBackward(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                                         ggml_tensor* result, ggml_tensor* gradient,
                                         const std::vector<Sequence>& sequences) const override {
        auto* job = g.own<AttentionJob>(AttentionJob{sequences});
        // One operator has one result: the three gradients lie behind each other.
        const int64_t size = queries->ne[0], tokens = queries->ne[2];
        const int64_t heads = queries->ne[1], groups = keys->ne[1];
        ggml_tensor* all = custom(g, size * (heads + 2 * groups) * tokens, 1, {queries, keys, values, result, gradient},
                                  lagotto::attentionBackward, job);
        const auto part = [&](int64_t from, int64_t count) {
            return gg::view_3d(g, all, size, count, tokens, size * sizeof(float), size * count * sizeof(float),
                               from * size * tokens * sizeof(float));
        };
        return {part(0, heads), part(heads, groups), part(heads + groups, groups)};
    }

private:
    static ggml_tensor* custom(Graph& g, int64_t columns, int64_t rows, std::initializer_list<ggml_tensor*> sources,
                               ggml_custom_op_t run, void* data = nullptr) {
        std::vector<ggml_tensor*> list(sources);
        return gg::custom_4d(g, GGML_TYPE_F32, columns, rows, 1, 1, list.data(), static_cast<int>(list.size()), run,
                             GGML_N_TASKS_MAX, data);
    }
};

}  // namespace

std::unique_ptr<Operators> fusedOperators(int64_t tile) { return std::make_unique<FusedOperators>(tile); }

}  // namespace lagotto
