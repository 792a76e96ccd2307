#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "error.h"
#include "ggml/functions.h"

namespace lagotto {

/// A GGUF file's header, with its content to be read tensor by tensor. Every access is checked: a damaged file is an
/// error, never a crash.
class GgufFile {
public:
    /// @throws EngineError MODEL_MISSING, MODEL_NOT_GGUF, MODEL_TRUNCATED (a tensor ends behind the file's end)
    explicit GgufFile(const std::string& path);

    const std::string& path() const { return path_; }
    const gguf_context* header() const { return header_.get(); }

    std::optional<std::string> text(const std::string& key) const;
    /// Any whole-number type; nullopt when the key is missing, of another type or out of range.
    std::optional<int64_t> integer(const std::string& key) const;
    std::optional<double> number(const std::string& key) const;
    /// Entries of an array; nullopt when the key is no array.
    std::optional<int64_t> arrayLength(const std::string& key) const;

    struct Tensor {
        std::string name;
        ggml_type type;
        int64_t shape[4];
        size_t bytes;
        uint64_t offset;
    };
    int64_t tensorCount() const;
    Tensor tensor(int64_t index) const;
    std::optional<Tensor> find(const std::string& name) const;

    /// @throws EngineError MODEL_TRUNCATED
    void read(const Tensor& tensor, void* into) const;

private:
    EngineError truncated(const std::string& detail) const;

    struct Free {
        void operator()(gguf_context* context) const { gguf::free(context); }
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::string path_;
    std::unique_ptr<std::FILE, Free> file_;
    std::unique_ptr<gguf_context, Free> header_;
};

}  // namespace lagotto
