#include "kernels/row_operators.h"

#include "kernels/kernels.h"

namespace lagotto {
namespace {

float* rowOf(const ggml_tensor* tensor, int64_t row) { return static_cast<float*>(tensor->data) + row * tensor->ne[0]; }

int64_t rowsOf(const ggml_tensor* tensor) { return gg::nelements(tensor) / tensor->ne[0]; }

const RowJob& jobOf(const void* data) { return *static_cast<const RowJob*>(data); }

// Calls work(row) for this thread's rows: contiguous, so that threads do not share cache lines.
template <class Work>
void eachRow(int64_t rows, int thread, int threads, Work&& work) {
    for (int64_t row = rows * thread / threads; row < rows * (thread + 1) / threads; row++) work(row);
}

}  // namespace

void normRows(ggml_tensor* result, int thread, int threads, void* data) {
    const ggml_tensor *x = result->src[0], *weight = result->src[1];
    eachRow(rowsOf(x), thread, threads, [&](int64_t row) {
        kernels().rows.norm(rowOf(x, row), rowOf(weight, 0), rowOf(result, row), x->ne[0], jobOf(data).epsilon);
    });
}

void normRowsBackward(ggml_tensor* result, int thread, int threads, void* data) {
    const ggml_tensor *gradient = result->src[0], *x = result->src[1], *weight = result->src[2];
    const ggml_tensor* onto = jobOf(data).onto ? result->src[3] : nullptr;
    eachRow(rowsOf(x), thread, threads, [&](int64_t row) {
        kernels().rows.normBackward(rowOf(gradient, row), rowOf(x, row), rowOf(weight, 0),
                                    onto ? rowOf(onto, row) : nullptr, rowOf(result, row), x->ne[0],
                                    jobOf(data).epsilon);
    });
}

void addNormRowsGradient(ggml_tensor* result, int thread, int, void* data) {
    if (thread > 0) return;
    const ggml_tensor *gradient = result->src[1], *x = result->src[2];
    for (int64_t row = 0; row < rowsOf(x); row++) {
        kernels().rows.addNormGradient(rowOf(gradient, row), rowOf(x, row), rowOf(result, 0), x->ne[0],
                                       jobOf(data).epsilon);
    }
}

void addRowsTo(ggml_tensor* result, int thread, int, void*) {
    if (thread > 0) return;
    const ggml_tensor* x = result->src[1];
    float* sum = rowOf(result, 0);
    for (int64_t row = 0; row < rowsOf(x); row++) {
        const float* from = rowOf(x, row);
        for (int64_t i = 0; i < x->ne[0]; i++) sum[i] += from[i];
    }
}

void gateRows(ggml_tensor* result, int thread, int threads, void*) {
    const ggml_tensor *gate = result->src[0], *up = result->src[1];
    eachRow(rowsOf(gate), thread, threads, [&](int64_t row) {
        kernels().rows.gate(rowOf(gate, row), rowOf(up, row), rowOf(result, row), gate->ne[0]);
    });
}

void gateRowsBackward(ggml_tensor* result, int thread, int threads, void*) {
    const ggml_tensor *gate = result->src[0], *up = result->src[1], *gradient = result->src[2];
    eachRow(rowsOf(gate), thread, threads, [&](int64_t row) {
        float *x = rowOf(gate, row), *u = rowOf(up, row);
        kernels().rows.gateBackward(x, u, rowOf(gradient, row), x, u, gate->ne[0]);
    });
}

void nothing(ggml_tensor*, int, int, void*) {}

}  // namespace lagotto
