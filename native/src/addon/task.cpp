#include "addon/task.h"

#include "error.h"

namespace lagotto {
namespace {

struct Failure {
    std::string code;
    std::string message;
};

Failure currentFailure() {
    try {
        throw;
    } catch (const EngineError& error) {
        return {error.code(), error.what()};
    } catch (const std::bad_alloc&) {
        return {"TRAINING_MEMORY", "There is not enough memory."};
    } catch (const std::exception& error) {
        return {"TRAINING_FAILED", error.what()};
    } catch (...) {
        return {"TRAINING_FAILED", "Something unknown went wrong in the training engine."};
    }
}

Napi::Error toError(Napi::Env env, const Failure& failure) {
    const auto error = Napi::Error::New(env, failure.message);
    error.Value().Set("code", failure.code);
    return error;
}

class Task : public Napi::AsyncWorker {
public:
    Task(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result)
        : AsyncWorker(env),
          promise(Napi::Promise::Deferred::New(env)),
          work_(std::move(work)),
          result_(std::move(result)) {}

    void Execute() override {
        try {
            work_();
        } catch (...) {
            failure_ = currentFailure();
            SetError(failure_.message.empty() ? "failed" : failure_.message);
        }
    }
    void OnOK() override { promise.Resolve(result_(Env())); }
    void OnError(const Napi::Error&) override { promise.Reject(toError(Env(), failure_).Value()); }

    Napi::Promise::Deferred promise;

private:
    std::function<void()> work_;
    std::function<Napi::Value(Napi::Env)> result_;
    Failure failure_;
};

}  // namespace

Napi::Error toJavaScript(Napi::Env env) { return toError(env, currentFailure()); }

Napi::Value runTask(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result) {
    auto* task = new Task(env, std::move(work), std::move(result));
    const Napi::Value promise = task->promise.Promise();
    task->Queue();
    return promise;
}

}  // namespace lagotto
