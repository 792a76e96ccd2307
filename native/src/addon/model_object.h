#pragma once

#include <napi.h>

#include "training/model.h"

namespace lagotto {

/// A loaded model in JavaScript. Its methods return promises; callers wait for one before they begin the next.
class ModelObject : public Napi::ObjectWrap<ModelObject> {
public:
    static void define(Napi::Env env, Napi::Object exports);
    /// Wraps a model. Only on the event loop.
    static Napi::Value create(Napi::Env env, std::shared_ptr<Model> model);

    explicit ModelObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {}
    /// @throws EngineError INVALID_INPUT after dispose()
    std::shared_ptr<Model> model() const;

private:
    Napi::Value architecture(const Napi::CallbackInfo& info);
    Napi::Value score(const Napi::CallbackInfo& info);
    Napi::Value write(const Napi::CallbackInfo& info);
    Napi::Value abort(const Napi::CallbackInfo& info);
    Napi::Value dispose(const Napi::CallbackInfo& info);

    std::shared_ptr<Model> model_;
};

}  // namespace lagotto
