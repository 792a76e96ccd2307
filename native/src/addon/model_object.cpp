#include "addon/model_object.h"

#include "addon/convert.h"
#include "addon/task.h"
#include "addon/trainer_object.h"
#include "error.h"
#include "training/files.h"

namespace lagotto {
namespace {

Napi::FunctionReference& constructor() {
    // Never destroyed: the environment may be gone before static destructors run.
    static auto* reference = new Napi::FunctionReference;
    return *reference;
}

std::shared_ptr<Trainer> trainerFrom(const Napi::Value& value) {
    return value.IsObject() ? TrainerObject::Unwrap(value.As<Napi::Object>())->trainer() : nullptr;
}

}  // namespace

void ModelObject::define(Napi::Env env, Napi::Object) {
    constructor() = Napi::Persistent(
        DefineClass(env, "Model",
                    {InstanceMethod<&ModelObject::architecture>("architecture"),
                     InstanceMethod<&ModelObject::score>("score"), InstanceMethod<&ModelObject::write>("write"),
                     InstanceMethod<&ModelObject::abort>("abort"), InstanceMethod<&ModelObject::dispose>("dispose")}));
}

Napi::Value ModelObject::create(Napi::Env, std::shared_ptr<Model> model) {
    const auto object = constructor().New({});
    Unwrap(object)->model_ = std::move(model);
    return object;
}

std::shared_ptr<Model> ModelObject::model() const {
    if (!model_) throw invalidInput("The model was disposed of.");
    return model_;
}

Napi::Value ModelObject::architecture(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return toObject(info.Env(), model()->weights().architecture()); });
}

Napi::Value ModelObject::score(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto model = this->model();
        const auto batch = std::make_shared<Batch>(batchOf(info[0].As<Napi::Object>()));
        const ScoreRequest request = requestOf(info[1].As<Napi::Object>());
        const auto trainer = trainerFrom(info[2]);
        const auto scores = std::make_shared<Scores>();
        model->backend().clearAbort();
        return runTask(
            info.Env(),
            [=] {
                const std::lock_guard lock(model->mutex());
                *scores = lagotto::score(*model, trainer ? &trainer->parameters() : nullptr, *batch, request);
            },
            [=](Napi::Env env) { return toObject(env, *scores); });
    });
}

Napi::Value ModelObject::write(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto model = this->model();
        const auto settings = info[0].As<Napi::Object>();
        const std::string path = textOf(settings, "path"), metadata = textOf(settings, "metadata");
        const ggml_type type = typeOf(textOf(settings, "type"));
        const auto trainer = trainerFrom(info[1]);
        return runTask(
            info.Env(),
            [=] {
                const std::lock_guard lock(model->mutex());
                exportModel(*model, trainer ? &trainer->parameters() : nullptr, type, path, metadata);
            },
            [](Napi::Env env) { return env.Undefined(); });
    });
}

Napi::Value ModelObject::abort(const Napi::CallbackInfo& info) {
    if (model_) model_->backend().abort();
    return info.Env().Undefined();
}

Napi::Value ModelObject::dispose(const Napi::CallbackInfo& info) {
    model_.reset();
    return info.Env().Undefined();
}

}  // namespace lagotto
