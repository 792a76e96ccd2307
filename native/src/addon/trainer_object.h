#pragma once

#include <napi.h>

#include "training/trainer.h"

namespace lagotto {

/// A trainer in JavaScript. Like ModelObject, and of its model one thing at a time.
class TrainerObject : public Napi::ObjectWrap<TrainerObject> {
public:
    static void define(Napi::Env env, Napi::Object exports);
    static Napi::Value create(Napi::Env env, std::shared_ptr<Trainer> trainer);

    explicit TrainerObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {}
    std::shared_ptr<Trainer> trainer() const;

private:
    Napi::Value loss(const Napi::CallbackInfo& info);
    Napi::Value accumulate(const Napi::CallbackInfo& info);
    Napi::Value apply(const Napi::CallbackInfo& info);
    Napi::Value discard(const Napi::CallbackInfo& info);
    Napi::Value steps(const Napi::CallbackInfo& info);
    Napi::Value memory(const Napi::CallbackInfo& info);
    Napi::Value plan(const Napi::CallbackInfo& info);
    Napi::Value parameters(const Napi::CallbackInfo& info);
    Napi::Value read(const Napi::CallbackInfo& info);
    Napi::Value assign(const Napi::CallbackInfo& info);
    Napi::Value exportAdapter(const Napi::CallbackInfo& info);
    Napi::Value importAdapter(const Napi::CallbackInfo& info);
    Napi::Value save(const Napi::CallbackInfo& info);
    Napi::Value restore(const Napi::CallbackInfo& info);
    Napi::Value dispose(const Napi::CallbackInfo& info);

    Napi::Value evaluate(const Napi::CallbackInfo& info, bool gradient);
    Napi::Value work(const Napi::CallbackInfo& info, std::function<void(Trainer&)> job);

    std::shared_ptr<Trainer> trainer_;
};

}  // namespace lagotto
