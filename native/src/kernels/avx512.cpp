#include "kernels/exponential.h"
#include "kernels/product.h"

namespace lagotto {

using Wide = FloatKernel<16, 12, 2>;
const Kernels avx512Kernels = {"avx512", Wide::columns,
                               multiplyBest<FloatKernel<8, 24, 1>, FloatKernel<16, 24, 1>, Wide>, nullptr,
                               sumOfExponentials};

}  // namespace lagotto
