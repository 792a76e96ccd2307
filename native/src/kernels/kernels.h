#pragma once

#include <cstddef>
#include <cstdint>

namespace lagotto {

/// A matrix X(line, k) in memory, as a product wants it: rows of floats, or of any ggml type that `decode` turns into
/// floats, `stride` bytes apart.
struct Operand {
    const std::byte* data;
    size_t stride;
    /// Row k holds X(·, k), and may have to be decoded from a block boundary on; without, row `line` holds X(line, ·).
    bool across = false;
    /// Rows are BF16; multiplyBf16 takes them as they are, and `decode` is for the others.
    bool bf16 = false;
    /// Null for F32.
    void (*decode)(const void* from, float* into, int64_t count) = nullptr;
    /// Elements and bytes of a block.
    int64_t blockElements = 1;
    size_t blockBytes = sizeof(float);
};

/// C(i, j) = from(i, j) + Σ over terms and k of A(i, k) · B(j, k), for the columns j in [begin, end).
struct Product {
    struct Term {
        int64_t inner;
        Operand a, b;
    };
    static constexpr int64_t most = 4;

    int64_t rows, begin, end;
    Term terms[most];
    int64_t count;
    /// Null for zero; with fromRow = 0 one row is added to all.
    const float* from;
    int64_t fromRow;
    float* c;
    int64_t cRow;
};

/// Memory that products of one thread use one after the other.
class Scratch {
public:
    /// Aligned to a cache line; the content is lost at the next call.
    void* reserve(size_t bytes);
    ~Scratch();
    Scratch() = default;
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

private:
    void* memory_ = nullptr;
    size_t size_ = 0;
};

/// What is done to one row of `count` numbers.
struct RowKernels {
    /// RMS norm with weight.
    void (*norm)(const float* x, const float* weight, float* out, int64_t count, float epsilon);
    /// out = onto + the gradient with respect to x; `onto` may be null.
    void (*normBackward)(const float* gradient, const float* x, const float* weight, const float* onto, float* out,
                         int64_t count, float epsilon);
    /// Adds the gradient with respect to the weight.
    void (*addNormGradient)(const float* gradient, const float* x, float* sum, int64_t count, float epsilon);
    /// out = silu(gate) ∘ up
    void (*gate)(const float* gate, const float* up, float* out, int64_t count);
    void (*gateBackward)(const float* gate, const float* up, const float* gradient, float* dGate, float* dUp,
                         int64_t count);
    /// x = softmax(scale · x) over the first `visible`, 0 behind them.
    void (*softmax)(float* x, int64_t visible, int64_t count, float scale);
    /// From attention's weights, and the result [size] with its gradient, and in `slopes` the weights' gradient: the
    /// scores' gradient, in place.
    void (*softmaxBackward)(const float* weights, const float* result, const float* gradient, int64_t size,
                            float* slopes, int64_t count, float scale);
    /// Attention of one query [size] over `seen` keys and values, both [size, capacity]; `weights` has room for `seen`.
    void (*attend)(const float* query, const float* keys, const float* values, int64_t size, int64_t capacity,
                   int64_t seen, float scale, float* weights, float* out);
    /// out[i] = exp(x[i] − shift), for x[i] ≤ shift; relative error below 2e-7. Returns the sum of out.
    double (*exponentials)(const float* x, float* out, size_t count, float shift);
};

/// The CPU's work for one instruction set.
struct Kernels {
    const char* name;
    /// Columns should be split between threads at multiples of this.
    int64_t columns;
    void (*multiply)(const Product& product, Scratch& scratch);
    /// With inputs rounded to BF16 and sums in F32; null where the hardware has no such thing.
    void (*multiplyBf16)(const Product& product, Scratch& scratch);
    RowKernels rows;
};

/// The best kernels for this processor, or those named by the environment's LAGOTTO_KERNELS (to test the others).
const Kernels& kernels();

// One file per instruction set, each compiled for it; call only where the processor has it.
extern const Kernels portableKernels;
#ifdef __x86_64__
extern const Kernels avx2Kernels;
extern const Kernels avx512Kernels;
void multiplyAvx512Bf16(const Product& product, Scratch& scratch);
void multiplyAmxBf16(const Product& product, Scratch& scratch);
#elif defined(__aarch64__)
extern const Kernels neonKernels;
#endif

}  // namespace lagotto
