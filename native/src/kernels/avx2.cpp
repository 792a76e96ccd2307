#include "kernels/product.h"
#include "kernels/rows.h"

namespace lagotto {

using Wide = FloatKernel<8, 6, 2>;
const Kernels avx2Kernels = {"avx2", Wide::columns, multiplyBest<FloatKernel<8, 12, 1>, Wide, Wide>, nullptr,
                             rowKernels};

}  // namespace lagotto
