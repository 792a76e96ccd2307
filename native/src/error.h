#pragma once

#include <stdexcept>
#include <string>

namespace lagotto {

/// Everything the engine raises on purpose: a stable code (an ErrorCode of src-main/contract) and a sentence.
class EngineError : public std::runtime_error {
public:
    EngineError(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
    const char* code() const { return code_; }

private:
    const char* code_;
};

/// The caller passed something that cannot be: wrong shape, token outside the vocabulary, unknown name.
inline EngineError invalidInput(const std::string& message) { return EngineError("INVALID_INPUT", message); }

/// The work was stopped on request; nothing has changed.
inline EngineError aborted() { return EngineError("ABORTED", "The work was stopped."); }

}  // namespace lagotto
