#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/tensors.h"
#include "model/architecture.h"

namespace lagotto {

/// The seven matrices of a layer, by llama.cpp's names.
enum Matrix { Query, Key, Value, Output, Gate, Up, Down, MatrixCount };
inline constexpr std::array<const char*, MatrixCount> matrixNames = {"attn_q",   "attn_k", "attn_v",  "attn_output",
                                                                     "ffn_gate", "ffn_up", "ffn_down"};

/// y = weight · x + bias; weight has the shape [inputs, outputs] (ggml's order: the row length first).
struct Linear {
    ggml_tensor* weight = nullptr;
    ggml_tensor* bias = nullptr;
    int64_t inputs() const { return weight->ne[0]; }
    int64_t outputs() const { return weight->ne[1]; }
};

struct Layer {
    ggml_tensor* attentionNorm = nullptr;
    ggml_tensor* feedForwardNorm = nullptr;
    /// qwen3 only.
    ggml_tensor* queryNorm = nullptr;
    ggml_tensor* keyNorm = nullptr;
    std::array<Linear, MatrixCount> matrices;
};

/// A decoder's weights on a device.
class Weights {
public:
    /// Reads a model. With `asF32` every weight becomes F32, as full training needs it.
    /// @throws EngineError MODEL_* and TRAINING_MEMORY
    Weights(const Backend& backend, const GgufFile& file, bool asF32, Memory memory);
    /// Random weights: normal with deviation 0.02, as in GPT-2 (Radford et al. 2019), output projections of both halves
    /// of a layer divided by √(2·layers); norms 1, biases 0. F32, tied embeddings.
    Weights(const Backend& backend, const Architecture& architecture, uint64_t seed, Memory memory);

    const Architecture& architecture() const { return architecture_; }
    ggml_tensor* embeddings() const { return embeddings_; }
    /// The output matrix: the embeddings when they are tied.
    ggml_tensor* head() const { return head_ ? head_ : embeddings_; }
    bool isTied() const { return head_ == nullptr; }
    ggml_tensor* outputNorm() const { return outputNorm_; }
    /// Llama 3's RoPE scaling; null without.
    ggml_tensor* ropeFactors() const { return ropeFactors_; }
    const std::vector<Layer>& layers() const { return layers_; }
    /// Every tensor, named as in GGUF.
    const std::vector<ggml_tensor*>& all() const { return all_; }
    size_t bytes() const { return tensors_.bytes(); }
    /// Whether matrices are of a type that has rounded them more than BF16 rounds their inputs, or as much.
    bool rounded() const;

private:
    struct Source;
    void declare(const Source& source);
    void load(const Backend& backend, const GgufFile& file) const;
    void randomize(uint64_t seed) const;

    Architecture architecture_;
    TensorSet tensors_;
    std::vector<ggml_tensor*> all_;
    std::vector<Layer> layers_;
    ggml_tensor* embeddings_ = nullptr;
    ggml_tensor* head_ = nullptr;
    ggml_tensor* outputNorm_ = nullptr;
    ggml_tensor* ropeFactors_ = nullptr;
};

/// Turns rows of any ggml type into floats.
void dequantize(ggml_type type, const void* data, float* into, int64_t count);

}  // namespace lagotto
