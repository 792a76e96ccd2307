#include "kernels/exponential.h"
#include "kernels/product.h"

namespace lagotto {

using Wide = FloatKernel<8, 6, 2>;
const Kernels avx2Kernels = {"avx2", Wide::columns, multiplyBest<FloatKernel<8, 12, 1>, Wide, Wide>, nullptr,
                             sumOfExponentials};

}  // namespace lagotto
