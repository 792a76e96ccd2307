#pragma once

#include <memory>

#include "graph/operators.h"

namespace lagotto {

/// Operators for the CPU that leave less of the machine unused than ggml's own.
/// @param bf16  round the inputs of products to BF16 where the hardware multiplies such; sums stay F32
std::unique_ptr<Operators> fusedOperators(int64_t tile, bool bf16);

}  // namespace lagotto
