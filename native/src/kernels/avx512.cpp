#include "kernels/avx512_packing.h"
#include "kernels/product.h"
#include "kernels/rows.h"

namespace lagotto {
namespace {

template <int Lanes, int Rows, int Vectors>
struct Avx512Kernel : FloatKernel<Lanes, Rows, Vectors> {
    template <int64_t Width>
    static void turn(const float* const* lines, int64_t count, int64_t inner, float* out) {
        turnVectors<Width>(count, inner, reinterpret_cast<uint32_t*>(out), [&](int64_t line, int64_t k, int64_t left) {
            return lines[line] ? _mm512_maskz_loadu_epi32(firstLanes(left), lines[line] + k) : _mm512_setzero_si512();
        });
    }
};

using Wide = Avx512Kernel<16, 12, 2>;

}  // namespace

const Kernels avx512Kernels = {
    "avx512", Wide::columns, multiplyBest<Avx512Kernel<8, 24, 1>, Avx512Kernel<16, 24, 1>, Wide>, nullptr, rowKernels};

}  // namespace lagotto
