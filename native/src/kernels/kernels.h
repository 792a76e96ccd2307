#pragma once

#include <cstddef>
#include <cstdint>

namespace lagotto {

/// One matrix product, C(i, j) = Σ A(i, k) · B(k, j), of which the columns [begin, end) are wanted.
struct Product {
    int64_t rows, inner;
    int64_t begin, end;

    /// A(i, k) = a[i · aRow + k · aStep]
    const float* a;
    int64_t aRow, aStep;

    /// Rows of floats, or of any ggml type that `decode` turns into floats. With `across` row k holds B(k, ·), so that
    /// rows may have to be decoded from a block boundary on; without, row j holds B(·, j).
    const std::byte* b;
    size_t bRowBytes;
    bool across;
    /// Rows are BF16; multiplyBf16 takes them as they are, and `decode` is for the others.
    bool bf16;
    /// Null for F32.
    void (*decode)(const void* from, float* into, int64_t count);
    /// Elements and bytes of a block; 1 and 4 for F32.
    int64_t blockElements;
    size_t blockBytes;

    float* c;
    int64_t cRow;
    /// C += instead of C =
    bool add;
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

/// Matrix products for one instruction set.
struct Kernels {
    const char* name;
    /// Columns should be split between threads at multiples of this.
    int64_t columns;
    void (*multiply)(const Product& product, Scratch& scratch);
    /// With inputs rounded to BF16 and sums in F32; null where the hardware has no such thing.
    void (*multiplyBf16)(const Product& product, Scratch& scratch);
    /// out[i] = exp(x[i] − shift), for x[i] ≤ shift; relative error below 2e-7. Returns the sum of out.
    double (*exponentials)(const float* x, float* out, size_t count, float shift);
};

/// The best kernels for this processor, or those named by the environment's LAGOTTO_KERNELS (to test the others).
const Kernels& kernels();

// One file per instruction set, each compiled for it; call only where the processor has it.
extern const Kernels portableKernels;
#ifdef __x86_64__
extern const Kernels avx2Kernels;
extern const Kernels avx512Kernels;
void multiplyAvx512Bf16(const Product& product, Scratch& scratch);
#endif

}  // namespace lagotto
