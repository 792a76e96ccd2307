#include "kernels/product.h"
#include "kernels/rows.h"

// For every processor: no more than what its compiler takes for granted (SSE2 on x86-64).

namespace lagotto {

using Wide = FloatKernel<4, 6, 2>;
const Kernels portableKernels = {"portable", Wide::columns, multiplyBest<FloatKernel<4, 8, 1>, Wide, Wide>, nullptr,
                                 rowKernels};

}  // namespace lagotto
