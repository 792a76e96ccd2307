#pragma once

#include <memory>

#include "graph/operators.h"

namespace lagotto {

/// Operators for the CPU that leave less of the machine unused than ggml's own.
std::unique_ptr<Operators> fusedOperators(int64_t tile);

}  // namespace lagotto
