#include <array>
#include <cstring>

#include "error.h"
#include "model/gguf_writer.h"
#include "training/files.h"

namespace lagotto {
namespace {

// llama.cpp's numbers of file types.
uint32_t fileType(ggml_type type) {
    switch (type) {
        case GGML_TYPE_F32:
            return 0;
        case GGML_TYPE_F16:
            return 1;
        case GGML_TYPE_Q8_0:
            return 7;
        case GGML_TYPE_Q4_K:
            return 14;
        case GGML_TYPE_Q6_K:
            return 18;
        case GGML_TYPE_BF16:
            return 32;
        default:
            throw invalidInput("A model can be written as F32, F16, BF16, Q8_0, Q6_K or Q4_K.");
    }
}

void describe(GgufWriter& writer, const Architecture& a) {
    const auto set = [&](const char* key, auto value) { writer.set(a.family + "." + key, value); };
    const auto size = [](int64_t value) { return static_cast<uint32_t>(value); };
    writer.set("general.architecture", a.family);
    set("block_count", size(a.layers));
    set("context_length", size(a.contextLength));
    set("embedding_length", size(a.embedding));
    set("feed_forward_length", size(a.feedForward));
    set("attention.head_count", size(a.heads));
    set("attention.head_count_kv", size(a.keyValueHeads));
    set("attention.key_length", size(a.headSize));
    set("attention.value_length", size(a.headSize));
    set("attention.layer_norm_rms_epsilon", a.normEpsilon);
    set("rope.freq_base", a.ropeBase);
    set("rope.dimension_count", size(a.headSize));
    set("vocab_size", size(a.vocabulary));
}

std::vector<float> values(const ggml_tensor* tensor) {
    std::vector<std::byte> raw(gg::nbytes(tensor));
    gg::backend_tensor_get(tensor, raw.data(), 0, raw.size());
    std::vector<float> floats(static_cast<size_t>(gg::nelements(tensor)));
    dequantize(tensor->type, raw.data(), floats.data(), gg::nelements(tensor));
    return floats;
}

// weight += scale · b · a
void addLora(std::vector<float>& weight, const LoraPair& pair, float scale) {
    const auto a = download(pair.a), b = download(pair.b);
    const auto inputs = static_cast<size_t>(pair.a->ne[0]), rank = static_cast<size_t>(pair.a->ne[1]);
    for (size_t out = 0; out < weight.size() / inputs; out++) {
        for (size_t r = 0; r < rank; r++) {
            const float factor = scale * b[out * rank + r];
            for (size_t in = 0; in < inputs; in++) weight[out * inputs + in] += factor * a[r * inputs + in];
        }
    }
}

}  // namespace

void exportModel(Model& model, const Parameters* parameters, ggml_type type, const std::string& path,
                 const std::string& metadata) {
    const Weights& weights = model.weights();
    const uint32_t number = fileType(type);
    const std::string from = metadata.empty() ? model.path() : metadata;
    if (from.empty()) throw invalidInput("A model that came from no file needs one to take its tokenizer from.");
    const GgufFile source(from);
    const auto vocabulary = source.arrayLength("tokenizer.ggml.tokens");
    if (vocabulary && *vocabulary != weights.architecture().vocabulary) {
        throw invalidInput("The tokenizer of " + from + " has another vocabulary than the model.");
    }
    GgufWriter writer(weights.all().size());
    writer.copyMetadata(source);
    describe(writer, weights.architecture());
    writer.set("general.file_type", number);

    std::map<const ggml_tensor*, LoraPair> adapted;
    if (parameters && parameters->settings().mode == Mode::Lora) {
        for (size_t i = 0; i < weights.layers().size(); i++) {
            for (int m = 0; m < MatrixCount; m++) {
                if (const LoraPair& pair = parameters->lora(i, m); pair.a) {
                    adapted[weights.layers()[i].matrices[m].weight] = pair;
                }
            }
        }
    }
    for (ggml_tensor* tensor : weights.all()) {
        const bool vector = tensor->ne[1] == 1;
        const bool fits = tensor->ne[0] % gg::blck_size(type) == 0;
        const ggml_type target = vector ? GGML_TYPE_F32 : fits ? type : GGML_TYPE_F16;
        const auto found = adapted.find(tensor);
        const LoraPair pair = found == adapted.end() ? LoraPair{} : found->second;
        const float scale = parameters ? parameters->settings().lora.scale() : 0;
        writer.add(tensor->name, target, tensor->ne, [=](void* into) {
            std::vector<float> floats = values(tensor);
            if (pair.a) addLora(floats, pair, scale);
            if (target == GGML_TYPE_F32) {
                std::memcpy(into, floats.data(), floats.size() * sizeof(float));
            } else {
                gg::quantize_chunk(target, floats.data(), into, 0, tensor->ne[1], tensor->ne[0], nullptr);
            }
        });
    }
    writer.write(path);
}

}  // namespace lagotto
