#include <napi.h>

#include "addon/convert.h"
#include "addon/decoder_object.h"
#include "addon/model_object.h"
#include "addon/task.h"
#include "addon/trainer_object.h"
#include "error.h"
#include "ggml/libraries.h"
#include "kernels/peak.h"
#include "training/files.h"

// The functions that src-main/training/addon.ts declares.

namespace lagotto {
namespace {

Napi::Value open(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto env = info.Env();
        auto result = Napi::Object::New(env);
        result.Set("folder", openLibraries(info[0].As<Napi::String>()));
        result.Set("version", headerVersion());
        auto devices = Napi::Array::New(env);
        for (const Device& device : listDevices()) {
            auto entry = Napi::Object::New(env);
            entry.Set("name", device.name);
            entry.Set("description", device.description);
            entry.Set("isCpu", device.isCpu);
            entry.Set("freeBytes", static_cast<double>(device.freeBytes));
            entry.Set("totalBytes", static_cast<double>(device.totalBytes));
            devices.Set(devices.Length(), entry);
        }
        result.Set("devices", devices);
        return result;
    });
}

Napi::Value inspectModel(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const std::string path = info[0].As<Napi::String>();
        const auto architecture = std::make_shared<Architecture>();
        return runTask(
            info.Env(), [=] { *architecture = Architecture::read(GgufFile(path)); },
            [=](Napi::Env env) { return toObject(env, *architecture); });
    });
}

Napi::Value inspectAdapterFile(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const std::string path = info[0].As<Napi::String>();
        const auto settings = std::make_shared<LoraSettings>();
        return runTask(
            info.Env(), [=] { *settings = inspectAdapter(path); },
            [=](Napi::Env env) { return toObject(env, *settings); });
    });
}

Napi::Value estimate(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto settings = info[0].As<Napi::Object>();
        const auto source = sourceOf(objectOf(settings, "source"));
        const auto compute = computeOf(objectOf(settings, "compute"));
        const auto parameters = parametersOf(objectOf(settings, "parameters"));
        const auto activations = activationsOf(textOf(settings, "activations"));
        const auto lengths = lengthsOf(settings.Get("lengths"));
        const auto rows = static_cast<int64_t>(numberOf(settings, "rows"));
        const auto result = std::make_shared<MemoryEstimate>();
        return runTask(
            info.Env(), [=] { *result = lagotto::estimate(source, compute, parameters, lengths, rows, activations); },
            [=](Napi::Env env) { return toObject(env, *result); });
    });
}

Napi::Value loadModel(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto source = sourceOf(info[0].As<Napi::Object>());
        const auto compute = computeOf(info[1].As<Napi::Object>());
        const auto model = std::make_shared<std::shared_ptr<Model>>();
        return runTask(
            info.Env(), [=] { *model = std::make_shared<Model>(source, compute); },
            [=](Napi::Env env) { return ModelObject::create(env, *model); });
    });
}

Napi::Value createTrainer(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto model = ModelObject::Unwrap(info[0].As<Napi::Object>())->model();
        const auto settings = parametersOf(info[1].As<Napi::Object>());
        const auto trainer = std::make_shared<std::shared_ptr<Trainer>>();
        return runTask(
            info.Env(),
            [=] {
                const std::lock_guard lock(model->mutex());
                *trainer = std::make_shared<Trainer>(model, settings);
            },
            [=](Napi::Env env) { return TrainerObject::create(env, *trainer); });
    });
}

Napi::Value createDecoder(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto model = ModelObject::Unwrap(info[0].As<Napi::Object>())->model();
        const auto trainer =
            info[1].IsObject() ? TrainerObject::Unwrap(info[1].As<Napi::Object>())->trainer() : nullptr;
        const auto settings = info[2].As<Napi::Object>();
        Vocabulary vocabulary{textsOf(settings, "pieces"), {}};
        vocabulary.ends.resize(vocabulary.pieces.size());
        for (const int32_t token : integersOf(settings.Get("ends"))) {
            if (token >= 0 && static_cast<size_t>(token) < vocabulary.ends.size()) vocabulary.ends[token] = true;
        }
        return DecoderObject::create(info.Env(),
                                     std::make_shared<Decoder>(model, trainer, std::move(vocabulary),
                                                               static_cast<size_t>(numberOf(settings, "slots"))));
    });
}

// The losses alone, for logits that come from anywhere: what the golden vectors pin.
Napi::Value evaluateLoss(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const Batch batch = batchOf(info[0].As<Napi::Object>());
        auto logits = floatsOf(info[1]), values = floatsOf(info[2]);
        if (batch.rows.empty() || (logits.empty() && values.empty())) throw invalidInput("There are no rows.");
        Architecture shape;
        shape.vocabulary = logits.empty() ? 1 : static_cast<int64_t>(logits.size() / batch.rows.size());
        shape.contextLength = INT64_MAX;
        batch.check(shape, true);
        if (logits.size() % batch.rows.size() != 0 || (!values.empty() && values.size() != batch.rows.size()) ||
            (batch.needsLogits() && logits.empty()) || (batch.needsValues() && values.empty())) {
            throw invalidInput("The logits or values do not match the rows.");
        }
        const Losses losses = evaluate(batch, {0, batch.rows.size(), logits, values}, true, 1);
        auto result = toObject(info.Env(), losses);
        result.Set("logitGradients", toFloats(info.Env(), logits));
        result.Set("valueGradients", toFloats(info.Env(), values));
        return result;
    });
}

Napi::Value peak(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto measured = std::make_shared<Peak>();
        return runTask(
            info.Env(), [=] { *measured = measurePeak(); },
            [=](Napi::Env env) {
                auto object = Napi::Object::New(env);
                object.Set("kernels", measured->kernels);
                object.Set("f32", measured->f32);
                object.Set("bf16", measured->bf16);
                return object;
            });
    });
}

Napi::Object define(Napi::Env env, Napi::Object exports) {
    ModelObject::define(env, exports);
    TrainerObject::define(env, exports);
    DecoderObject::define(env, exports);
    exports.Set("open", Napi::Function::New(env, open));
    exports.Set("inspectModel", Napi::Function::New(env, inspectModel));
    exports.Set("inspectAdapter", Napi::Function::New(env, inspectAdapterFile));
    exports.Set("estimate", Napi::Function::New(env, estimate));
    exports.Set("loadModel", Napi::Function::New(env, loadModel));
    exports.Set("createTrainer", Napi::Function::New(env, createTrainer));
    exports.Set("createDecoder", Napi::Function::New(env, createDecoder));
    exports.Set("measurePeak", Napi::Function::New(env, peak));
    exports.Set("evaluateLoss", Napi::Function::New(env, evaluateLoss));
    return exports;
}

}  // namespace
}  // namespace lagotto

static Napi::Object initialize(Napi::Env env, Napi::Object exports) { return lagotto::define(env, exports); }

NODE_API_MODULE(lagotto, initialize)
