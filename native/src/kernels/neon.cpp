#include "kernels/product.h"
#include "kernels/rows.h"

// Every 64-bit ARM processor has NEON: 32 registers of four floats.

namespace lagotto {

using Wide = FloatKernel<4, 8, 3>;
const Kernels neonKernels = {"neon", Wide::columns, multiplyBest<FloatKernel<4, 16, 1>, Wide, Wide>, nullptr,
                             rowKernels};

}  // namespace lagotto
