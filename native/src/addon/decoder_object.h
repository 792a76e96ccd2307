#pragma once

#include <napi.h>

#include "decoding/decoder.h"

namespace lagotto {

/// A decoder in JavaScript. `run` works on another thread; turns may be added and ended meanwhile.
class DecoderObject : public Napi::ObjectWrap<DecoderObject> {
public:
    static void define(Napi::Env env, Napi::Object exports);
    static Napi::Value create(Napi::Env env, std::shared_ptr<Decoder> decoder);

    explicit DecoderObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

private:
    /// @throws EngineError INVALID_INPUT after dispose()
    std::shared_ptr<Decoder> decoder() const;
    Napi::Value begin(const Napi::CallbackInfo& info);
    Napi::Value abort(const Napi::CallbackInfo& info);
    Napi::Value run(const Napi::CallbackInfo& info);
    Napi::Value dispose(const Napi::CallbackInfo& info);

    std::shared_ptr<Decoder> decoder_;
};

}  // namespace lagotto
