#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/tensors.h"
#include "model/weights.h"

namespace lagotto {

/// A tensor that training changes, with its gradient and AdamW's two moments. All F32, all of one shape.
struct Parameter {
    std::string name;
    ggml_tensor* value;
    ggml_tensor* gradient;
    ggml_tensor* firstMoment;
    ggml_tensor* secondMoment;
};

/// What a LoRA adapter adds to one matrix: scale · b · (a · x) (Hu et al. 2021). a is [inputs, rank], b [rank,
/// outputs].
struct LoraPair {
    ggml_tensor* a = nullptr;
    ggml_tensor* b = nullptr;
};

struct LoraSettings {
    int64_t rank = 8;
    float alpha = 16;
    /// Share of the inputs of `a` that a training step leaves out.
    float dropout = 0;
    std::array<bool, MatrixCount> matrices{true, true, true, true, true, true, true};

    float scale() const { return alpha / static_cast<float>(rank); }
    /// @throws EngineError INVALID_INPUT
    void check() const;
};

/// The linear map from a token's last state to one number, for critics. weight is [embedding], bias [1].
struct ValueHead {
    ggml_tensor* weight = nullptr;
    ggml_tensor* bias = nullptr;
};

enum class Mode { Lora, Full };

struct ParameterSettings {
    Mode mode = Mode::Lora;
    LoraSettings lora;
    bool valueHead = false;
    /// Of the random start of `a` (uniform, Kaiming) and of dropout. `b` and the value head start at zero.
    uint64_t seed = 1;
};

/// Everything that training changes of a model: an adapter or all weights, and perhaps a value head.
class Parameters {
public:
    Parameters(const Backend& backend, const Weights& weights, const ParameterSettings& settings, Memory memory);

    const ParameterSettings& settings() const { return settings_; }
    const std::vector<Parameter>& all() const { return all_; }
    /// @throws EngineError INVALID_INPUT
    const Parameter& find(const std::string& name) const;
    /// The gradient of a weight; null when it is frozen.
    ggml_tensor* gradientOf(const ggml_tensor* value) const;
    /// Empty when the matrix has no adapter.
    const LoraPair& lora(size_t layer, int matrix) const { return lora_[layer][matrix]; }
    const ValueHead& valueHead() const { return valueHead_; }
    void clearGradients() const;
    size_t bytes() const { return tensors_.bytes(); }

private:
    ggml_tensor* add(const std::string& name, std::initializer_list<int64_t> shape);
    void track(ggml_tensor* value);
    void randomize() const;

    ParameterSettings settings_;
    TensorSet tensors_;
    std::vector<Parameter> all_;
    std::unordered_map<const ggml_tensor*, ggml_tensor*> gradients_;
    std::vector<std::array<LoraPair, MatrixCount>> lora_;
    ValueHead valueHead_;
};

}  // namespace lagotto
