#include "addon/convert.h"

#include <cmath>

#include "error.h"

namespace lagotto {
namespace {

Napi::Value required(const Napi::Object& object, const char* key, bool (Napi::Value::*is)() const) {
    const Napi::Value value = object.Get(key);
    if (!(value.*is)()) throw invalidInput(std::string("The setting ") + key + " is missing or of another type.");
    return value;
}

int64_t integerOf(const Napi::Object& object, const char* key) {
    const double value = numberOf(object, key);
    if (value != std::floor(value) || std::abs(value) > 9007199254740991.0) {
        throw invalidInput(std::string("The setting ") + key + " must be a whole number.");
    }
    return static_cast<int64_t>(value);
}

template <class Array, class Element>
std::vector<Element> elementsOf(const Napi::Value& value, napi_typedarray_type type) {
    if (value.IsUndefined()) return {};
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
        throw invalidInput("A typed array of another type was expected.");
    }
    const auto array = value.As<Array>();
    return {array.Data(), array.Data() + array.ElementLength()};
}

Term termOf(const Napi::Object& object) {
    Term term;
    const std::string kind = textOf(object, "kind");
    term.coefficient = numberOf(object, "coefficient");
    if (kind == "cross-entropy") {
        term.kind = TermKind::CrossEntropy;
    } else if (kind == "policy") {
        term.kind = TermKind::Policy;
        term.policy = {numberOf(object, "clip"), numberOf(object, "entropyCoefficient"),
                       numberOf(object, "klCoefficient")};
        term.oldLogProbabilities = floatsOf(object.Get("oldLogProbabilities"));
        term.advantages = floatsOf(object.Get("advantages"));
        term.referenceLogProbabilities = floatsOf(object.Get("referenceLogProbabilities"));
    } else if (kind == "value") {
        term.kind = TermKind::Value;
        term.valueClip = numberOf(object, "clip");
        term.oldValues = floatsOf(object.Get("oldValues"));
        term.returns = floatsOf(object.Get("returns"));
    } else {
        term.kind = TermKind::Divergence;
        if (kind == "forward-kl") {
            term.divergence = Divergence::Forward;
        } else if (kind == "reverse-kl") {
            term.divergence = Divergence::Reverse;
        } else if (kind == "jensen-shannon") {
            term.divergence = Divergence::JensenShannon;
        } else if (kind == "skew-forward-kl") {
            term.divergence = Divergence::SkewForward;
        } else if (kind == "skew-reverse-kl") {
            term.divergence = Divergence::SkewReverse;
        } else if (kind == "taid") {
            term.divergence = Divergence::Interpolated;
        } else {
            throw invalidInput("There is no loss named " + kind + ".");
        }
        term.lambda = numberOf(object, "lambda");
        term.teacherTokens = integersOf(object.Get("teacherTokens"));
        term.teacherLogProbabilities = floatsOf(object.Get("teacherLogProbabilities"));
        term.teacherWidth = integerOf(object, "teacherWidth");
    }
    return term;
}

Architecture architectureOf(const Napi::Object& object) {
    Architecture a;
    a.family = textOf(object, "family");
    a.layers = integerOf(object, "layers");
    a.embedding = integerOf(object, "embedding");
    a.heads = integerOf(object, "heads");
    a.keyValueHeads = integerOf(object, "keyValueHeads");
    a.headSize = integerOf(object, "headSize");
    a.feedForward = integerOf(object, "feedForward");
    a.vocabulary = integerOf(object, "vocabulary");
    a.contextLength = integerOf(object, "contextLength");
    a.normEpsilon = static_cast<float>(numberOf(object, "normEpsilon"));
    a.ropeBase = static_cast<float>(numberOf(object, "ropeBase"));
    return a;
}

}  // namespace

std::vector<int32_t> integersOf(const Napi::Value& value) {
    return elementsOf<Napi::Int32Array, int32_t>(value, napi_int32_array);
}

Napi::Int32Array toIntegers(Napi::Env env, const std::vector<int32_t>& values) {
    auto array = Napi::Int32Array::New(env, values.size());
    std::ranges::copy(values, array.Data());
    return array;
}

std::vector<std::string> textsOf(const Napi::Object& object, const char* key) {
    const auto array = required(object, key, &Napi::Value::IsArray).As<Napi::Array>();
    std::vector<std::string> texts(array.Length());
    for (uint32_t i = 0; i < array.Length(); i++) texts[i] = array.Get(i).As<Napi::String>();
    return texts;
}

std::string textOf(const Napi::Object& object, const char* key) {
    return required(object, key, &Napi::Value::IsString).As<Napi::String>();
}

double numberOf(const Napi::Object& object, const char* key) {
    return required(object, key, &Napi::Value::IsNumber).As<Napi::Number>().DoubleValue();
}

bool flagOf(const Napi::Object& object, const char* key) {
    return required(object, key, &Napi::Value::IsBoolean).As<Napi::Boolean>();
}

Napi::Object objectOf(const Napi::Object& object, const char* key) {
    return required(object, key, &Napi::Value::IsObject).As<Napi::Object>();
}

std::vector<int64_t> lengthsOf(const Napi::Value& value) {
    const auto integers = integersOf(value);
    return {integers.begin(), integers.end()};
}

std::vector<float> floatsOf(const Napi::Value& value) {
    return elementsOf<Napi::Float32Array, float>(value, napi_float32_array);
}

Model::Source sourceOf(const Napi::Object& object) {
    Model::Source source;
    if (object.Get("path").IsString()) {
        source.path = textOf(object, "path");
        if (source.path.empty()) throw invalidInput("The path of the model is empty.");
    } else {
        source.architecture = architectureOf(objectOf(object, "architecture"));
        source.seed = static_cast<uint64_t>(integerOf(object, "seed"));
    }
    source.asF32 = flagOf(object, "asF32");
    return source;
}

ComputeSettings computeOf(const Napi::Object& object) {
    ComputeSettings compute;
    compute.device = textOf(object, "device");
    compute.threads = static_cast<int>(integerOf(object, "threads"));
    compute.tile = integerOf(object, "tile");
    compute.chunk = integerOf(object, "chunk");
    compute.bf16 = flagOf(object, "bf16");
    compute.plain = flagOf(object, "plain");
    return compute;
}

ParameterSettings parametersOf(const Napi::Object& object) {
    ParameterSettings settings;
    settings.mode = textOf(object, "mode") == "full" ? Mode::Full : Mode::Lora;
    settings.valueHead = flagOf(object, "valueHead");
    settings.seed = static_cast<uint64_t>(integerOf(object, "seed"));
    if (settings.mode == Mode::Lora) {
        const auto lora = objectOf(object, "lora");
        settings.lora.rank = integerOf(lora, "rank");
        settings.lora.alpha = static_cast<float>(numberOf(lora, "alpha"));
        settings.lora.dropout = static_cast<float>(numberOf(lora, "dropout"));
        const auto matrices = objectOf(lora, "matrices");
        for (int m = 0; m < MatrixCount; m++) settings.lora.matrices[m] = flagOf(matrices, matrixNames[m]);
    }
    return settings;
}

Activations activationsOf(const std::string& name) {
    if (name == "keep") return Activations::Keep;
    if (name == "recompute") return Activations::Recompute;
    if (name == "forward-only") return Activations::ForwardOnly;
    throw invalidInput("There is no way of handling activations named " + name + ".");
}

OptimizerSettings optimizerOf(const Napi::Object& object) {
    return {numberOf(object, "learningRate"), numberOf(object, "beta1"),       numberOf(object, "beta2"),
            numberOf(object, "epsilon"),      numberOf(object, "weightDecay"), numberOf(object, "maxNorm")};
}

ScoreRequest requestOf(const Napi::Object& object) {
    return {flagOf(object, "logProbabilities"), flagOf(object, "entropies"), flagOf(object, "values"),
            integerOf(object, "top"), flagOf(object, "logits")};
}

Batch batchOf(const Napi::Object& object) {
    Batch batch;
    batch.tokens = integersOf(object.Get("tokens"));
    batch.lengths = lengthsOf(object.Get("lengths"));
    batch.rows = integersOf(object.Get("rows"));
    batch.labels = integersOf(object.Get("labels"));
    batch.weights = floatsOf(object.Get("weights"));
    const auto terms = objectOf(object, "terms").As<Napi::Array>();
    for (uint32_t i = 0; i < terms.Length(); i++) {
        const Napi::Value term = terms.Get(i);
        if (!term.IsObject()) throw invalidInput("A loss is not an object.");
        batch.terms.push_back(termOf(term.As<Napi::Object>()));
    }
    return batch;
}

ggml_type typeOf(const std::string& name) {
    for (const ggml_type type :
         {GGML_TYPE_F32, GGML_TYPE_F16, GGML_TYPE_BF16, GGML_TYPE_Q8_0, GGML_TYPE_Q6_K, GGML_TYPE_Q4_K}) {
        if (name == gg::type_name(type)) return type;
    }
    throw invalidInput("There is no type " + name + ".");
}

Napi::Float32Array toFloats(Napi::Env env, const std::vector<float>& values) {
    auto array = Napi::Float32Array::New(env, values.size());
    std::ranges::copy(values, array.Data());
    return array;
}

Napi::Object toObject(Napi::Env env, const Losses& losses) {
    auto object = Napi::Object::New(env);
    auto terms = Napi::Array::New(env, losses.terms.size());
    for (uint32_t i = 0; i < losses.terms.size(); i++) terms.Set(i, losses.terms[i]);
    object.Set("total", losses.total);
    object.Set("terms", terms);
    object.Set("weight", losses.weight);
    object.Set("entropy", losses.entropy);
    object.Set("approximateKl", losses.approximateKl);
    object.Set("clipped", losses.clipped);
    return object;
}

Napi::Object toObject(Napi::Env env, const Scores& scores) {
    auto object = Napi::Object::New(env);
    object.Set("logProbabilities", toFloats(env, scores.logProbabilities));
    object.Set("entropies", toFloats(env, scores.entropies));
    object.Set("values", toFloats(env, scores.values));
    object.Set("topTokens", toIntegers(env, scores.topTokens));
    object.Set("topLogProbabilities", toFloats(env, scores.topLogProbabilities));
    object.Set("logits", toFloats(env, scores.logits));
    return object;
}

Napi::Object toObject(Napi::Env env, const MemoryEstimate& estimate) {
    auto object = Napi::Object::New(env);
    const auto set = [&](const char* key, size_t bytes) { object.Set(key, static_cast<double>(bytes)); };
    set("weights", estimate.weights);
    set("parameters", estimate.parameters);
    set("activations", estimate.activations);
    set("logits", estimate.logits);
    set("workspace", estimate.workspace);
    set("total", estimate.total());
    return object;
}

Napi::Object toObject(Napi::Env env, const Architecture& a) {
    auto object = Napi::Object::New(env);
    const auto set = [&](const char* key, int64_t value) { object.Set(key, static_cast<double>(value)); };
    object.Set("family", a.family);
    set("layers", a.layers);
    set("embedding", a.embedding);
    set("heads", a.heads);
    set("keyValueHeads", a.keyValueHeads);
    set("headSize", a.headSize);
    set("feedForward", a.feedForward);
    set("vocabulary", a.vocabulary);
    set("contextLength", a.contextLength);
    object.Set("normEpsilon", a.normEpsilon);
    object.Set("ropeBase", a.ropeBase);
    return object;
}

Napi::Object toObject(Napi::Env env, const LoraSettings& settings) {
    auto object = Napi::Object::New(env);
    auto matrices = Napi::Object::New(env);
    for (int m = 0; m < MatrixCount; m++) matrices.Set(matrixNames[m], static_cast<bool>(settings.matrices[m]));
    object.Set("rank", static_cast<double>(settings.rank));
    object.Set("alpha", settings.alpha);
    object.Set("dropout", settings.dropout);
    object.Set("matrices", matrices);
    return object;
}

}  // namespace lagotto
