#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "training/trainer.h"

namespace lagotto {

// From the plain objects of src-main/training/addon.ts to the engine's settings. TypeScript has checked the shapes;
// what is wrong nevertheless becomes an INVALID_INPUT.

std::string textOf(const Napi::Object& object, const char* key);
double numberOf(const Napi::Object& object, const char* key);
bool flagOf(const Napi::Object& object, const char* key);
Napi::Object objectOf(const Napi::Object& object, const char* key);
std::vector<int64_t> lengthsOf(const Napi::Value& value);
std::vector<float> floatsOf(const Napi::Value& value);
std::vector<int32_t> integersOf(const Napi::Value& value);
std::vector<std::string> textsOf(const Napi::Object& object, const char* key);
Napi::Int32Array toIntegers(Napi::Env env, const std::vector<int32_t>& values);

Model::Source sourceOf(const Napi::Object& object);
ComputeSettings computeOf(const Napi::Object& object);
ParameterSettings parametersOf(const Napi::Object& object);
Activations activationsOf(const std::string& name);
OptimizerSettings optimizerOf(const Napi::Object& object);
ScoreRequest requestOf(const Napi::Object& object);
Batch batchOf(const Napi::Object& object);
ggml_type typeOf(const std::string& name);

Napi::Float32Array toFloats(Napi::Env env, const std::vector<float>& values);
Napi::Object toObject(Napi::Env env, const Losses& losses);
Napi::Object toObject(Napi::Env env, const Scores& scores);
Napi::Object toObject(Napi::Env env, const MemoryEstimate& estimate);
Napi::Object toObject(Napi::Env env, const Architecture& architecture);
Napi::Object toObject(Napi::Env env, const LoraSettings& settings);

}  // namespace lagotto
