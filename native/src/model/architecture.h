#pragma once

#include <cstdint>
#include <string>

#include "model/gguf_file.h"

namespace lagotto {

/// The sizes and constants of a decoder of one of the families qwen2, llama and qwen3 (llama.cpp's names).
struct Architecture {
    std::string family;
    int64_t layers = 0;
    int64_t embedding = 0;
    int64_t heads = 0;
    int64_t keyValueHeads = 0;
    int64_t headSize = 0;
    int64_t feedForward = 0;
    int64_t vocabulary = 0;
    int64_t contextLength = 0;
    float normEpsilon = 1e-6f;
    float ropeBase = 10000.0f;
    /// Multiplies positions ("linear" scaling); Llama 3's scaling is a tensor, rope_freqs.weight.
    float ropeScale = 1.0f;

    /// RMS norm of every query and key head (qwen3).
    bool hasHeadNorm() const { return family == "qwen3"; }
    /// Rotates pairs of neighbors (llama.cpp permutes llama's weights so), or pairs half a head apart.
    int ropeType() const { return family == "llama" ? GGML_ROPE_TYPE_NORMAL : GGML_ROPE_TYPE_NEOX; }
    int64_t queries() const { return heads * headSize; }
    int64_t keys() const { return keyValueHeads * headSize; }

    /// @throws EngineError MODEL_UNSUPPORTED (names what is not supported), MODEL_TRUNCATED (a value is missing or
    /// absurd)
    static Architecture read(const GgufFile& file);
    /// @throws EngineError INVALID_INPUT when the sizes do not fit together
    void check() const;
};

}  // namespace lagotto
