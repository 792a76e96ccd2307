#pragma once

#include <string>

namespace lagotto {

/// Opens ggml's libraries and fills the function tables of functions.h. When the process already has them open
/// (node-llama-cpp came first), those are used, wherever they lie: a process has one registry of backends.
///
/// @param folder  the folder of the platform package's libraries
/// @return the folder whose libraries are in use
/// @throws EngineError TRAINING_UNAVAILABLE: a library is missing, or of another version than the headers
std::string openLibraries(const std::string& folder);

/// The version of ggml whose headers the engine was built with.
const char* headerVersion();

}  // namespace lagotto
