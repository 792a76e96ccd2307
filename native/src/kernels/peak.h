#pragma once

#include <string>

namespace lagotto {

struct Peak {
    /// The instruction set in use.
    std::string kernels;
    /// Floating-point operations per second of one thread, in large products of F32 and of BF16 weights.
    double f32;
    double bf16;
};

/// Measures for a fraction of a second what matrix products reach on this machine.
Peak measurePeak();

}  // namespace lagotto
