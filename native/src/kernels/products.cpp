#include "kernels/products.h"

#include <algorithm>

namespace lagotto {
namespace {

// This thread's columns: contiguous, in units that neither tear a block of a quantized type nor waste registers.
void takeShare(Product& product, int64_t columns, int64_t unit, int thread, int threads) {
    const int64_t units = (columns + unit - 1) / unit;
    product.begin = std::min(columns, units * thread / threads * unit);
    product.end = std::min(columns, units * (thread + 1) / threads * unit);
}

void compute(const Product& product, bool bf16) {
    if (product.begin == product.end) return;
    const Kernels& k = kernels();
    (bf16 && k.multiplyBf16 ? k.multiplyBf16 : k.multiply)(product, threadScratch());
}

// An operator in place has its target as the first source.
ggml_tensor* const* sourcesOf(const ggml_tensor* result) { return result->src + (result->view_src ? 1 : 0); }

}  // namespace

Scratch& threadScratch() {
    static thread_local Scratch scratch;
    return scratch;
}

Operand operandOf(const ggml_tensor* tensor, bool across) {
    const ggml_type type = tensor->type;
    return {.data = static_cast<const std::byte*>(tensor->data),
            .stride = tensor->nb[1],
            .across = across,
            .bf16 = type == GGML_TYPE_BF16,
            .decode = type == GGML_TYPE_F32 ? nullptr : gg::get_type_traits(type)->to_float,
            .blockElements = gg::blck_size(type),
            .blockBytes = gg::row_size(type, gg::blck_size(type))};
}

void sumProducts(ggml_tensor* result, int thread, int threads, void* data) {
    const auto& job = *static_cast<const ProductJob*>(data);
    ggml_tensor* const* sources = sourcesOf(result);
    Product product{.rows = result->ne[1],
                    .begin = 0,
                    .end = 0,
                    .terms = {},
                    .count = job.pairs,
                    .from = nullptr,
                    .fromRow = 0,
                    .c = static_cast<float*>(result->data),
                    .cRow = result->ne[0]};
    int64_t unit = kernels().columns;
    for (int64_t i = 0; i < job.pairs; i++) {
        const ggml_tensor *w = sources[2 * i], *x = sources[2 * i + 1];
        product.terms[i] = {x->ne[0], operandOf(x, false), operandOf(w, job.transposed)};
        if (job.transposed) unit = std::max(unit, product.terms[i].b.blockElements);
    }
    if (job.onto) {
        const ggml_tensor* onto = sources[2 * job.pairs];
        product.from = static_cast<const float*>(onto->data);
        product.fromRow = onto->ne[1] == 1 ? 0 : onto->ne[0];
    }
    takeShare(product, result->ne[0], unit, thread, threads);
    compute(product, job.bf16);
}

void sumOuterProducts(ggml_tensor* result, int thread, int threads, void* data) {
    const ggml_tensor* const* sources = sourcesOf(result);
    const ggml_tensor *a = sources[0], *b = sources[1];
    Product product{.rows = b->ne[0],
                    .begin = 0,
                    .end = 0,
                    .terms = {{b->ne[1], operandOf(b, true), operandOf(a, true)}},
                    .count = 1,
                    .from = static_cast<const float*>(result->data),
                    .fromRow = result->ne[0],
                    .c = static_cast<float*>(result->data),
                    .cRow = result->ne[0]};
    takeShare(product, result->ne[0], kernels().columns, thread, threads);
    compute(product, static_cast<const ProductJob*>(data)->bf16);
}

}  // namespace lagotto
