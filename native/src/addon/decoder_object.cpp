#include "addon/decoder_object.h"

#include "addon/convert.h"
#include "addon/task.h"
#include "error.h"

namespace lagotto {
namespace {

Napi::FunctionReference& constructor() {
    static auto* reference = new Napi::FunctionReference;
    return *reference;
}

const char* nameOf(Written::Reason reason) {
    switch (reason) {
        case Written::Reason::Stop:
            return "stop";
        case Written::Reason::EndOfTurn:
            return "end-of-turn";
        case Written::Reason::Limit:
            return "limit";
        case Written::Reason::Aborted:
            return "aborted";
    }
    throw invalidInput("There is no such reason.");
}

Turn turnOf(const Napi::Object& object) {
    return {.slot = static_cast<size_t>(numberOf(object, "slot")),
            .context = integersOf(object.Get("context")),
            .fresh = flagOf(object, "fresh"),
            .most = static_cast<int64_t>(numberOf(object, "maxTokens")),
            .sampling = {static_cast<float>(numberOf(object, "temperature")),
                         static_cast<uint64_t>(numberOf(object, "seed"))},
            .drawn = static_cast<uint64_t>(numberOf(object, "drawn")),
            .stops = textsOf(object, "stops"),
            .said = textOf(object, "said")};
}

Napi::Value toArray(Napi::Env env, const std::vector<Written>& finished) {
    auto array = Napi::Array::New(env, finished.size());
    for (size_t i = 0; i < finished.size(); i++) {
        const Written& one = finished[i];
        auto object = Napi::Object::New(env);
        object.Set("slot", static_cast<double>(one.slot));
        object.Set("tokens", toIntegers(env, one.tokens));
        object.Set("reason", nameOf(one.reason));
        object.Set("cached", static_cast<double>(one.cached));
        object.Set("promptMs", one.promptMs);
        object.Set("decodeMs", one.decodeMs);
        array.Set(static_cast<uint32_t>(i), object);
    }
    return array;
}

}  // namespace

void DecoderObject::define(Napi::Env env, Napi::Object) {
    constructor() = Napi::Persistent(
        DefineClass(env, "Decoder",
                    {InstanceMethod<&DecoderObject::begin>("begin"), InstanceMethod<&DecoderObject::abort>("abort"),
                     InstanceMethod<&DecoderObject::run>("run"), InstanceMethod<&DecoderObject::dispose>("dispose")}));
}

Napi::Value DecoderObject::create(Napi::Env, std::shared_ptr<Decoder> decoder) {
    const auto object = constructor().New({});
    Unwrap(object)->decoder_ = std::move(decoder);
    return object;
}

std::shared_ptr<Decoder> DecoderObject::decoder() const {
    if (!decoder_) throw invalidInput("The decoder was disposed of.");
    return decoder_;
}

Napi::Value DecoderObject::begin(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        decoder()->begin(turnOf(info[0].As<Napi::Object>()));
        return info.Env().Undefined();
    });
}

Napi::Value DecoderObject::abort(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        decoder()->abort(info[0].As<Napi::Number>().Uint32Value());
        return info.Env().Undefined();
    });
}

Napi::Value DecoderObject::run(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto decoder = this->decoder();
        const auto finished = std::make_shared<std::vector<Written>>();
        return runTask(
            info.Env(), [=] { *finished = decoder->run(); }, [=](Napi::Env env) { return toArray(env, *finished); });
    });
}

Napi::Value DecoderObject::dispose(const Napi::CallbackInfo& info) {
    decoder_.reset();
    return info.Env().Undefined();
}

}  // namespace lagotto
