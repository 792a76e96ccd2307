#include "model/architecture.h"

#include <algorithm>
#include <array>

#include "error.h"

namespace lagotto {
namespace {

constexpr std::array<std::string_view, 3> families = {"qwen2", "llama", "qwen3"};
// Far above every model of today: larger numbers come from damaged files and would overflow.
constexpr int64_t largest = int64_t{1} << 24;

EngineError unsupported(const std::string& what) { return EngineError("MODEL_UNSUPPORTED", what); }

}  // namespace

Architecture Architecture::read(const GgufFile& file) {
    Architecture a;
    const auto family = file.text("general.architecture");
    if (!family) throw EngineError("MODEL_TRUNCATED", file.path() + " does not say which architecture it has.");
    if (std::ranges::find(families, *family) == families.end()) {
        throw unsupported("Models of the architecture " + *family +
                          " cannot be trained or scored; qwen2, qwen3 and llama can.");
    }
    a.family = *family;
    const auto key = [&](const char* name) { return *family + "." + name; };
    const auto size = [&](const char* name) {
        const auto value = file.integer(key(name));
        if (!value || *value < 1 || *value > largest) {
            throw EngineError("MODEL_TRUNCATED", file.path() + " has no usable value of " + key(name) + ".");
        }
        return *value;
    };
    a.layers = size("block_count");
    a.embedding = size("embedding_length");
    a.heads = size("attention.head_count");
    a.keyValueHeads = file.integer(key("attention.head_count_kv")).value_or(a.heads);
    a.headSize = file.integer(key("attention.key_length")).value_or(a.embedding / a.heads);
    a.feedForward = size("feed_forward_length");
    a.contextLength = size("context_length");
    a.normEpsilon = static_cast<float>(file.number(key("attention.layer_norm_rms_epsilon")).value_or(1e-6));
    a.ropeBase = static_cast<float>(file.number(key("rope.freq_base")).value_or(10000.0));

    if (file.integer(key("attention.value_length")).value_or(a.headSize) != a.headSize) {
        throw unsupported("Models whose keys and values differ in length cannot be trained.");
    }
    if (file.integer(key("rope.dimension_count")).value_or(a.headSize) != a.headSize) {
        throw unsupported("Models that rotate only a part of each head cannot be trained.");
    }
    if (file.integer(key("expert_count")).value_or(0) > 0) throw unsupported("Mixtures of experts cannot be trained.");
    const auto scaling = file.text(key("rope.scaling.type")).value_or("none");
    if (scaling == "linear") {
        const double factor = file.number(key("rope.scaling.factor")).value_or(1.0);
        a.ropeScale = factor > 0 ? static_cast<float>(1.0 / factor) : 1.0f;
    } else if (scaling != "none") {
        throw unsupported("Models with RoPE scaling of the type " + scaling + " cannot be trained.");
    }
    const auto embeddings = file.find("token_embd.weight");
    if (!embeddings) throw EngineError("MODEL_TRUNCATED", file.path() + " has no token_embd.weight.");
    a.vocabulary = embeddings->shape[1];
    try {
        a.check();
    } catch (const EngineError& error) {
        throw EngineError("MODEL_TRUNCATED", file.path() + ": " + error.what());
    }
    return a;
}

void Architecture::check() const {
    for (const int64_t size :
         {layers, embedding, heads, keyValueHeads, headSize, feedForward, vocabulary, contextLength}) {
        if (size < 1 || size > largest) throw invalidInput("A size of the model is missing or out of range.");
    }
    if (layers > 4096 || heads > 4096 || headSize > 4096) throw invalidInput("A size of the model is out of range.");
    if (heads % keyValueHeads != 0)
        throw invalidInput("The number of heads is no multiple of that of key-value heads.");
    if (headSize % 2 != 0) throw invalidInput("The size of a head must be even.");
    if (std::ranges::find(families, family) == families.end())
        throw invalidInput("Unknown architecture " + family + ".");
}

}  // namespace lagotto
