#include "kernels/kernels.h"

#include <cstdlib>
#include <new>
#include <string_view>
#include <vector>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace lagotto {
namespace {

#ifdef __x86_64__
// Whether the processor multiplies BF16 in tiles, and the system keeps their state for this process: Linux must be
// asked to (Documentation/arch/x86/xstate.rst). Elsewhere nobody tried.
bool hasTiles() {
#ifdef __linux__
    constexpr unsigned amx = 1u << 22 | 1u << 24;
    constexpr int requestPermission = 0x1023, tileData = 18;
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amx) == amx &&
           syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
#else
    return false;
#endif
}
#endif

struct Candidate {
    const Kernels* kernels;
    bool runs;
};

// The fastest first; the last runs everywhere.
std::vector<Candidate> candidates() {
#ifdef __x86_64__
    static const Kernels bf16 = {"avx512-bf16", avx512Kernels.columns, avx512Kernels.multiply, multiplyAvx512Bf16,
                                 avx512Kernels.rows};
    static const Kernels amx = {"amx-bf16", avx512Kernels.columns, avx512Kernels.multiply, multiplyAmxBf16,
                                avx512Kernels.rows};
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512Bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
    return {{&amx, avx512Bf16 && hasTiles()},
            {&bf16, avx512Bf16},
            {&avx512Kernels, avx512},
            {&avx2Kernels, avx2},
            {&portableKernels, true}};
#elif defined(__aarch64__)
    return {{&neonKernels, true}, {&portableKernels, true}};
#else
    return {{&portableKernels, true}};
#endif
}

const Kernels& choose() {
    const char* wanted = std::getenv("LAGOTTO_KERNELS");
    for (const auto& [kernels, runs] : candidates()) {
        if (runs && (!wanted || !*wanted || std::string_view(wanted) == kernels->name)) return *kernels;
    }
    return portableKernels;
}

}  // namespace

void* Scratch::reserve(size_t bytes) {
    if (bytes > size_) {
        ::operator delete(memory_, std::align_val_t(64));
        size_ = 0;
        memory_ = nullptr;
        memory_ = ::operator new(bytes, std::align_val_t(64));
        size_ = bytes;
    }
    return memory_;
}

Scratch::~Scratch() { ::operator delete(memory_, std::align_val_t(64)); }

const Kernels& kernels() {
    static const Kernels& chosen = choose();
    return chosen;
}

}  // namespace lagotto
