#include "kernels/operators.h"

#include "kernels/attention.h"
#include "kernels/products.h"
#include "kernels/row_operators.h"

namespace lagotto {
namespace {

using Sources = std::vector<ggml_tensor*>;

class FusedOperators : public Operators {
public:
    FusedOperators(int64_t tile, bool bf16) : Operators(tile), bf16_(bf16) {}

    ggml_tensor* multiply(Graph& g, const std::vector<Factors>& pairs, ggml_tensor* onto,
                          ggml_tensor* into) const override {
        const auto [w, x] = pairs.front();
        return product(g, pairs, false, onto, into, w->ne[1], x->ne[1]);
    }

    ggml_tensor* multiplyTransposed(Graph& g, const std::vector<Factors>& pairs, ggml_tensor* onto) const override {
        const auto [w, x] = pairs.front();
        return product(g, pairs, true, onto, nullptr, w->ne[0], x->ne[1]);
    }

    void addOuter(Graph& g, ggml_tensor* sum, ggml_tensor* a, ggml_tensor* b) const override {
        g.compute(inPlace(g, sum, {a, b}, sumOuterProducts, g.own(ProductJob{1, false, false, bf16_})));
    }

    void addRows(Graph& g, ggml_tensor* sum, ggml_tensor* x) const override {
        g.compute(inPlace(g, sum, {x}, addRowsTo, nullptr));
    }

    ggml_tensor* attention(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                           const std::vector<Sequence>& sequences, ggml_tensor* into) const override {
        auto* job = g.own(AttentionJob{sequences, bf16_});
        const Sources sources{queries, keys, values};
        if (!into) return custom(g, queries->ne[0] * queries->ne[1], queries->ne[2], sources, attentionForward, job);
        return computed(g, inPlace(g, into, sources, attentionForward, job));
    }

    AttentionGradients attentionBackward(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                                         ggml_tensor* result, ggml_tensor* gradient,
                                         const std::vector<Sequence>& sequences) const override {
        auto* job = g.own(AttentionJob{sequences, bf16_});
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

    ggml_tensor* norm(Graph& g, ggml_tensor* x, ggml_tensor* weight, float epsilon) const override {
        return like(g, x, {x, weight}, normRows, g.own(RowJob{epsilon, false}));
    }

    ggml_tensor* normBackward(Graph& g, ggml_tensor* gradient, ggml_tensor* x, ggml_tensor* weight, float epsilon,
                              ggml_tensor* onto) const override {
        Sources sources{gradient, x, weight};
        if (onto) sources.push_back(onto);
        return like(g, x, sources, normRowsBackward, g.own(RowJob{epsilon, onto != nullptr}));
    }

    void addNormGradient(Graph& g, ggml_tensor* sum, ggml_tensor* gradient, ggml_tensor* x,
                         float epsilon) const override {
        g.compute(inPlace(g, sum, {gradient, x}, addNormRowsGradient, g.own(RowJob{epsilon, false})));
    }

    ggml_tensor* gated(Graph& g, ggml_tensor* gate, ggml_tensor* up) const override {
        return like(g, gate, {gate, up}, gateRows, nullptr);
    }

    GateGradients gatedBackward(Graph& g, ggml_tensor* gate, ggml_tensor* up, ggml_tensor* gradient) const override {
        ggml_tensor* dGate = inPlace(g, gate, {up, gradient}, gateRowsBackward, nullptr);
        return {dGate, inPlace(g, up, {dGate}, nothing, nullptr)};
    }

private:
    ggml_tensor* product(Graph& g, const std::vector<Factors>& pairs, bool transposed, ggml_tensor* onto,
                         ggml_tensor* into, int64_t columns, int64_t rows) const {
        Sources sources;
        for (const auto [w, x] : pairs) sources.insert(sources.end(), {w, x});
        if (onto) sources.push_back(onto);
        auto* job = g.own(ProductJob{static_cast<int64_t>(pairs.size()), transposed, onto != nullptr, bf16_});
        if (into) return computed(g, inPlace(g, into, sources, sumProducts, job));
        return custom(g, columns, rows, sources, sumProducts, job);
    }

    static ggml_tensor* custom(Graph& g, int64_t columns, int64_t rows, Sources sources, ggml_custom_op_t run,
                               void* job) {
        return gg::custom_4d(g, GGML_TYPE_F32, columns, rows, 1, 1, sources.data(), static_cast<int>(sources.size()),
                             run, GGML_N_TASKS_MAX, job);
    }

    static ggml_tensor* like(Graph& g, const ggml_tensor* shape, Sources sources, ggml_custom_op_t run, void* job) {
        return gg::custom_4d(g, GGML_TYPE_F32, shape->ne[0], shape->ne[1], shape->ne[2], 1, sources.data(),
                             static_cast<int>(sources.size()), run, GGML_N_TASKS_MAX, job);
    }

    static ggml_tensor* inPlace(Graph& g, ggml_tensor* target, Sources sources, ggml_custom_op_t run, void* job) {
        return gg::custom_inplace(g, target, sources.data(), static_cast<int>(sources.size()), run, GGML_N_TASKS_MAX,
                                  job);
    }

    static ggml_tensor* computed(Graph& g, ggml_tensor* tensor) {
        g.compute(tensor);
        return tensor;
    }

    bool bf16_;
};

}  // namespace

std::unique_ptr<Operators> fusedOperators(int64_t tile, bool bf16) {
    return std::make_unique<FusedOperators>(tile, bf16);
}

}  // namespace lagotto
