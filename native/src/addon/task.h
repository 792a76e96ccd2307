#pragma once

#include <napi.h>

#include <functional>
#include <string>

namespace lagotto {

/// Throws a JavaScript error for the C++ exception that is being handled: an EngineError keeps its code.
Napi::Error toJavaScript(Napi::Env env);

/// Runs work on a thread of libuv's pool.
/// @param work    must not touch JavaScript; may throw
/// @param result  called on the event loop when work is done
/// @return a promise of the result
Napi::Value runTask(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result);

/// Calls a function and turns C++ exceptions into JavaScript ones: none may cross Node-API.
template <class Function>
Napi::Value guarded(Napi::Env env, Function function) {
    try {
        return function();
    } catch (const Napi::Error&) {
        throw;
    } catch (...) {
        throw toJavaScript(env);
    }
}

}  // namespace lagotto
