#include "addon/trainer_object.h"

#include "addon/convert.h"
#include "addon/task.h"
#include "error.h"
#include "training/files.h"

namespace lagotto {
namespace {

Napi::FunctionReference& constructor() {
    static auto* reference = new Napi::FunctionReference;
    return *reference;
}

std::string firstText(const Napi::CallbackInfo& info) {
    if (!info[0].IsString()) throw invalidInput("A text was expected.");
    return info[0].As<Napi::String>();
}

}  // namespace

void TrainerObject::define(Napi::Env env, Napi::Object) {
    constructor() = Napi::Persistent(DefineClass(
        env, "Trainer",
        {InstanceMethod<&TrainerObject::loss>("loss"), InstanceMethod<&TrainerObject::accumulate>("accumulate"),
         InstanceMethod<&TrainerObject::apply>("apply"), InstanceMethod<&TrainerObject::discard>("discard"),
         InstanceMethod<&TrainerObject::steps>("steps"), InstanceMethod<&TrainerObject::memory>("memory"),
         InstanceMethod<&TrainerObject::plan>("plan"), InstanceMethod<&TrainerObject::parameters>("parameters"),
         InstanceMethod<&TrainerObject::read>("read"), InstanceMethod<&TrainerObject::assign>("assign"),
         InstanceMethod<&TrainerObject::exportAdapter>("exportAdapter"),
         InstanceMethod<&TrainerObject::importAdapter>("importAdapter"), InstanceMethod<&TrainerObject::save>("save"),
         InstanceMethod<&TrainerObject::restore>("restore"), InstanceMethod<&TrainerObject::dispose>("dispose")}));
}

Napi::Value TrainerObject::create(Napi::Env, std::shared_ptr<Trainer> trainer) {
    const auto object = constructor().New({});
    Unwrap(object)->trainer_ = std::move(trainer);
    return object;
}

std::shared_ptr<Trainer> TrainerObject::trainer() const {
    if (!trainer_) throw invalidInput("The trainer was disposed of.");
    return trainer_;
}

Napi::Value TrainerObject::work(const Napi::CallbackInfo& info, std::function<void(Trainer&)> job) {
    const auto trainer = this->trainer();
    return runTask(
        info.Env(),
        [=] {
            const std::lock_guard lock(trainer->model().mutex());
            job(*trainer);
        },
        [](Napi::Env env) { return env.Undefined(); });
}

Napi::Value TrainerObject::evaluate(const Napi::CallbackInfo& info, bool gradient) {
    return guarded(info.Env(), [&] {
        const auto trainer = this->trainer();
        const auto batch = std::make_shared<Batch>(batchOf(info[0].As<Napi::Object>()));
        const auto losses = std::make_shared<Losses>();
        const auto activations = gradient ? activationsOf(info[1].As<Napi::String>()) : Activations::ForwardOnly;
        trainer->model().backend().clearAbort();
        return runTask(
            info.Env(),
            [=] {
                const std::lock_guard lock(trainer->model().mutex());
                *losses = gradient ? trainer->accumulate(*batch, activations) : trainer->loss(*batch);
            },
            [=](Napi::Env env) { return toObject(env, *losses); });
    });
}

Napi::Value TrainerObject::loss(const Napi::CallbackInfo& info) { return evaluate(info, false); }
Napi::Value TrainerObject::accumulate(const Napi::CallbackInfo& info) { return evaluate(info, true); }

Napi::Value TrainerObject::apply(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto trainer = this->trainer();
        const OptimizerSettings settings = optimizerOf(info[0].As<Napi::Object>());
        const auto norm = std::make_shared<double>();
        // An update that was begun is finished: half of one would be a state that no run has.
        trainer->model().backend().clearAbort();
        return runTask(
            info.Env(),
            [=] {
                const std::lock_guard lock(trainer->model().mutex());
                *norm = trainer->apply(settings);
            },
            [=](Napi::Env env) { return Napi::Number::New(env, *norm); });
    });
}

Napi::Value TrainerObject::discard(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        trainer()->discard();
        return info.Env().Undefined();
    });
}

Napi::Value TrainerObject::steps(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return Napi::Number::New(info.Env(), static_cast<double>(trainer()->steps())); });
}

Napi::Value TrainerObject::memory(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return toObject(info.Env(), trainer()->taken()); });
}

Napi::Value TrainerObject::plan(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto lengths = lengthsOf(info[0]);
        const auto rows = info[1].As<Napi::Number>().Int64Value();
        return toObject(info.Env(), trainer()->plan(lengths, rows, activationsOf(info[2].As<Napi::String>())));
    });
}

Napi::Value TrainerObject::parameters(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        auto list = Napi::Array::New(info.Env());
        for (const Parameter& parameter : trainer()->parameters().all()) {
            auto entry = Napi::Object::New(info.Env());
            auto shape = Napi::Array::New(info.Env());
            const uint32_t dimensions = parameter.value->ne[1] == 1 ? 1 : 2;
            for (uint32_t i = 0; i < dimensions; i++) shape.Set(i, static_cast<double>(parameter.value->ne[i]));
            entry.Set("name", parameter.name);
            entry.Set("shape", shape);
            list.Set(list.Length(), entry);
        }
        return list;
    });
}

Napi::Value TrainerObject::read(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const Parameter& parameter = trainer()->parameters().find(firstText(info));
        const bool gradient = info[1].IsString() && info[1].As<Napi::String>().Utf8Value() == "gradient";
        return toFloats(info.Env(), download(gradient ? parameter.gradient : parameter.value));
    });
}

Napi::Value TrainerObject::assign(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        upload(trainer()->parameters().find(firstText(info)).value, floatsOf(info[1]));
        return info.Env().Undefined();
    });
}

Napi::Value TrainerObject::exportAdapter(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const std::string path = firstText(info);
        std::map<std::string, std::string> texts;
        const auto object = info[1].As<Napi::Object>();
        const auto keys = object.GetPropertyNames();
        for (uint32_t i = 0; i < keys.Length(); i++) {
            const std::string key = keys.Get(i).As<Napi::String>();
            texts[key] = textOf(object, key.c_str());
        }
        return work(info, [=](Trainer& trainer) { lagotto::exportAdapter(trainer, path, texts); });
    });
}

Napi::Value TrainerObject::importAdapter(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const std::string path = firstText(info);
        return work(info, [=](Trainer& trainer) { lagotto::importAdapter(trainer, path); });
    });
}

Napi::Value TrainerObject::save(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const std::string path = firstText(info);
        return work(info, [=](Trainer& trainer) { saveState(trainer, path); });
    });
}

Napi::Value TrainerObject::restore(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const std::string path = firstText(info);
        return work(info, [=](Trainer& trainer) { restoreState(trainer, path); });
    });
}

Napi::Value TrainerObject::dispose(const Napi::CallbackInfo& info) {
    trainer_.reset();
    return info.Env().Undefined();
}

}  // namespace lagotto
