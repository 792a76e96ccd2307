#include "ggml/libraries.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <string_view>

#include "error.h"
#include "ggml/functions.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif
#ifdef __APPLE__
#include <mach-o/dyld.h>
#elif !defined(_WIN32)
#include <link.h>
#endif

namespace gg {
#define LAGOTTO_DEFINE(name) decltype(&::ggml_##name) name = nullptr;
LAGOTTO_GGML_FUNCTIONS(LAGOTTO_DEFINE)
#undef LAGOTTO_DEFINE
}  // namespace gg

namespace gguf {
#define LAGOTTO_DEFINE(name) decltype(&::gguf_##name) name = nullptr;
LAGOTTO_GGUF_FUNCTIONS(LAGOTTO_DEFINE)
#undef LAGOTTO_DEFINE
}  // namespace gguf

namespace lagotto {
namespace {

namespace fs = std::filesystem;

EngineError unavailable(const std::string& why) { return EngineError("TRAINING_UNAVAILABLE", why); }

// File names carry versions and back ends: libggml.v0.5.0.so, libggml.cuda.v0.5.0.so, ggml.vulkan.v0.4.0.dll. The base
// library has a fixed name; the registry is the one file whose stem is "ggml" up to the first dot.
constexpr std::array<std::string_view, 3> baseNames = {"libggml-base.so", "libggml-base.dylib", "ggml-base.dll"};

bool isBase(const std::string& name) { return std::ranges::find(baseNames, name) != baseNames.end(); }

bool isRegistry(const std::string& name) { return name.starts_with("libggml.") || name.starts_with("ggml."); }

#ifdef _WIN32

using Library = HMODULE;
Library open(const fs::path& path) { return LoadLibraryExW(path.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH); }
void* find(Library library, const char* name) { return reinterpret_cast<void*>(GetProcAddress(library, name)); }
std::string lastError() { return "error " + std::to_string(GetLastError()); }

fs::path alreadyOpen() {
    HMODULE base = GetModuleHandleW(L"ggml-base.dll");
    std::array<wchar_t, 4096> path{};
    if (!base || !GetModuleFileNameW(base, path.data(), path.size())) return {};
    return fs::path(path.data());
}

#else

using Library = void*;
Library open(const fs::path& path) { return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); }
void* find(Library library, const char* name) { return dlsym(library, name); }
std::string lastError() {
    const char* error = dlerror();
    return error ? error : "unknown error";
}

#ifdef __APPLE__
fs::path alreadyOpen() {
    for (uint32_t i = 0; i < _dyld_image_count(); i++) {
        const fs::path path = _dyld_get_image_name(i);
        if (isBase(path.filename().string())) return path;
    }
    return {};
}
#else
fs::path alreadyOpen() {
    fs::path found;
    dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* result) {
            const fs::path path = info->dlpi_name;
            if (!isBase(path.filename().string())) return 0;
            *static_cast<fs::path*>(result) = path;
            return 1;
        },
        &found);
    return found;
}
#endif
#endif

Library openOrThrow(const fs::path& path) {
    Library library = open(path);
    if (!library) throw unavailable("The library " + path.string() + " could not be opened: " + lastError() + ".");
    return library;
}

fs::path fileIn(const fs::path& folder, bool (*wanted)(const std::string&)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (wanted(entry.path().filename().string())) return entry.path();
    }
    throw unavailable("The libraries of llama.cpp are not in " + folder.string() + ".");
}

template <class Function>
void resolve(Function& target, const std::array<Library, 2>& libraries, const char* name) {
    for (Library library : libraries) {
        target = reinterpret_cast<Function>(find(library, name));
        if (target) return;
    }
    throw unavailable(std::string("The libraries of llama.cpp have no function ") + name + ".");
}

}  // namespace

const char* headerVersion() { return LAGOTTO_GGML_VERSION; }

std::string openLibraries(const std::string& wanted) {
    static std::mutex mutex;
    static std::string inUse;
    const std::lock_guard lock(mutex);
    if (!inUse.empty()) return inUse;

    const auto present = alreadyOpen();
    const fs::path folder = present.empty() ? fs::path(wanted) : present.parent_path();
    const std::array libraries = {openOrThrow(fileIn(folder, isBase)), openOrThrow(fileIn(folder, isRegistry))};

    resolve(gg::version, libraries, "ggml_version");
    if (std::string(gg::version()) != headerVersion()) {
        throw unavailable("The training engine was built for ggml " + std::string(headerVersion()) +
                          ", but the installed libraries are version " + gg::version() + ".");
    }
#define LAGOTTO_RESOLVE(name) resolve(gg::name, libraries, "ggml_" #name);
    LAGOTTO_GGML_FUNCTIONS(LAGOTTO_RESOLVE)
#undef LAGOTTO_RESOLVE
#define LAGOTTO_RESOLVE(name) resolve(gguf::name, libraries, "gguf_" #name);
    LAGOTTO_GGUF_FUNCTIONS(LAGOTTO_RESOLVE)
#undef LAGOTTO_RESOLVE

    // ggml reports to the terminal by default. What it says about failures is in the engine's own errors;
    // node-llama-cpp, when it comes later, sets its logger in turn.
    if (present.empty()) gg::log_set([](ggml_log_level, const char*, void*) {}, nullptr);
    if (gg::backend_reg_count() == 0) gg::backend_load_all_from_path(folder.string().c_str());
    return inUse = folder.string();
}

}  // namespace lagotto
