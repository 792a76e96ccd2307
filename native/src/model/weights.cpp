#include "model/weights.h"

#include <algorithm>
#include <cstring>

#include "error.h"
#include "random.h"

namespace lagotto {
namespace {

constexpr std::array supportedTypes = {GGML_TYPE_F32,  GGML_TYPE_F16,  GGML_TYPE_BF16, GGML_TYPE_Q8_0, GGML_TYPE_Q4_0,
                                       GGML_TYPE_Q4_1, GGML_TYPE_Q5_0, GGML_TYPE_Q5_1, GGML_TYPE_Q2_K, GGML_TYPE_Q3_K,
                                       GGML_TYPE_Q4_K, GGML_TYPE_Q5_K, GGML_TYPE_Q6_K};

// Enough for every tensor of a layer and those around the layers.
size_t capacity(const Architecture& a) { return static_cast<size_t>(a.layers) * 20 + 8; }

bool endsWith(const std::string& name, std::string_view end) { return name.ends_with(end); }

}  // namespace

void dequantize(ggml_type type, const void* data, float* into, int64_t count) {
    if (type == GGML_TYPE_F32) {
        std::memcpy(into, data, static_cast<size_t>(count) * sizeof(float));
    } else {
        gg::get_type_traits(type)->to_float(data, into, count);
    }
}

// Where the tensors come from: a file says which exist and of which type they are.
struct Weights::Source {
    const GgufFile* file;
    bool asF32;

    // The type in which a tensor is kept; nullopt when there is none.
    std::optional<ggml_type> typeOf(const std::string& name, std::initializer_list<int64_t> shape, bool vector) const {
        if (!file) return GGML_TYPE_F32;
        const auto tensor = file->find(name);
        if (!tensor) return std::nullopt;
        const auto* expected = shape.begin();
        for (size_t i = 0; i < 4; i++) {
            if (tensor->shape[i] != (i < shape.size() ? expected[i] : 1)) {
                throw EngineError("MODEL_TRUNCATED",
                                  file->path() + ": the tensor " + name + " has an unexpected shape.");
            }
        }
        if (std::ranges::find(supportedTypes, tensor->type) == supportedTypes.end()) {
            throw EngineError("MODEL_UNSUPPORTED", "The tensor " + name + " has the type " +
                                                       gg::type_name(tensor->type) + ", which cannot be trained on.");
        }
        return vector || asF32 ? GGML_TYPE_F32 : tensor->type;
    }
};

Weights::Weights(const Backend& backend, const GgufFile& file, bool asF32, Memory memory)
    : architecture_(Architecture::read(file)), tensors_(capacity(architecture_)) {
    declare({&file, asF32});
    tensors_.allocate(backend, memory);
    if (memory == Memory::Real) load(backend, file);
}

Weights::Weights(const Backend& backend, const Architecture& architecture, uint64_t seed, Memory memory)
    : architecture_(architecture), tensors_(capacity(architecture_)) {
    architecture_.check();
    declare({nullptr, true});
    tensors_.allocate(backend, memory);
    if (memory == Memory::Real) randomize(seed);
}

void Weights::declare(const Source& source) {
    const Architecture& a = architecture_;
    const auto optional = [&](const std::string& name, std::initializer_list<int64_t> shape) -> ggml_tensor* {
        const auto type = source.typeOf(name, shape, shape.size() == 1);
        if (!type) return nullptr;
        all_.push_back(tensors_.add(*type, shape, name));
        return all_.back();
    };
    const auto required = [&](const std::string& name, std::initializer_list<int64_t> shape) {
        ggml_tensor* tensor = optional(name, shape);
        if (!tensor) throw EngineError("MODEL_TRUNCATED", source.file->path() + " has no tensor " + name + ".");
        return tensor;
    };
    embeddings_ = required("token_embd.weight", {a.embedding, a.vocabulary});
    outputNorm_ = required("output_norm.weight", {a.embedding});
    if (source.file) {
        head_ = optional("output.weight", {a.embedding, a.vocabulary});
        ropeFactors_ = optional("rope_freqs.weight", {a.headSize / 2});
    }
    const std::array<std::pair<int64_t, int64_t>, MatrixCount> shapes = {{{a.embedding, a.queries()},
                                                                          {a.embedding, a.keys()},
                                                                          {a.embedding, a.keys()},
                                                                          {a.queries(), a.embedding},
                                                                          {a.embedding, a.feedForward},
                                                                          {a.embedding, a.feedForward},
                                                                          {a.feedForward, a.embedding}}};
    for (int64_t i = 0; i < a.layers; i++) {
        const std::string at = "blk." + std::to_string(i) + ".";
        Layer layer;
        layer.attentionNorm = required(at + "attn_norm.weight", {a.embedding});
        layer.feedForwardNorm = required(at + "ffn_norm.weight", {a.embedding});
        if (a.hasHeadNorm()) {
            layer.queryNorm = required(at + "attn_q_norm.weight", {a.headSize});
            layer.keyNorm = required(at + "attn_k_norm.weight", {a.headSize});
        }
        for (int m = 0; m < MatrixCount; m++) {
            const auto [inputs, outputs] = shapes[m];
            layer.matrices[m].weight = required(at + matrixNames[m] + ".weight", {inputs, outputs});
            // Only qwen2 has biases from the start; a file may bring them for any matrix.
            if (source.file || (a.family == "qwen2" && m <= Value)) {
                layer.matrices[m].bias = optional(at + matrixNames[m] + ".bias", {outputs});
            }
        }
        layers_.push_back(layer);
    }
}

bool Weights::rounded() const {
    return std::ranges::any_of(layers_.front().matrices, [](const Linear& linear) {
        return linear.weight->type != GGML_TYPE_F32 && linear.weight->type != GGML_TYPE_F16;
    });
}

void Weights::load(const Backend& backend, const GgufFile& file) const {
    std::vector<std::byte> raw;
    std::vector<float> floats;
    for (ggml_tensor* tensor : all_) {
        const auto source = *file.find(tensor->name);
        if (source.type == tensor->type && backend.isCpu()) {
            file.read(source, tensor->data);
            continue;
        }
        raw.resize(source.bytes);
        file.read(source, raw.data());
        if (source.type == tensor->type) {
            gg::backend_tensor_set(tensor, raw.data(), 0, raw.size());
        } else {
            floats.resize(static_cast<size_t>(gg::nelements(tensor)));
            dequantize(source.type, raw.data(), floats.data(), gg::nelements(tensor));
            upload(tensor, floats);
        }
    }
}

void Weights::randomize(uint64_t seed) const {
    const float deviation = 0.02f;
    const float residual = deviation / std::sqrt(2.0f * static_cast<float>(architecture_.layers));
    for (size_t i = 0; i < all_.size(); i++) {
        ggml_tensor* tensor = all_[i];
        const std::string name = tensor->name;
        std::vector<float> values(static_cast<size_t>(gg::nelements(tensor)));
        if (tensor->ne[1] == 1 && endsWith(name, "norm.weight")) {
            std::ranges::fill(values, 1.0f);
        } else if (!endsWith(name, ".bias")) {
            const bool closesHalf = endsWith(name, "attn_output.weight") || endsWith(name, "ffn_down.weight");
            Random random(Random::mix(seed, i));
            for (float& value : values)
                value = static_cast<float>(random.normal()) * (closesHalf ? residual : deviation);
        }
        upload(tensor, values);
    }
}

}  // namespace lagotto
