#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/tensors.h"
#include "model/gguf_file.h"

namespace lagotto {

/// Writes a GGUF file beside its final place and renames it when it is whole on the disk: a full disk or a crash leaves
/// the previous file as it was.
class GgufWriter {
public:
    explicit GgufWriter(size_t tensors);

    void set(const std::string& key, const std::string& value) {
        gguf::set_val_str(header_.get(), key.c_str(), value.c_str());
    }
    void set(const std::string& key, uint32_t value) { gguf::set_val_u32(header_.get(), key.c_str(), value); }
    void set(const std::string& key, uint64_t value) { gguf::set_val_u64(header_.get(), key.c_str(), value); }
    void set(const std::string& key, float value) { gguf::set_val_f32(header_.get(), key.c_str(), value); }
    /// All metadata of another file.
    void copyMetadata(const GgufFile& file) { gguf::set_kv(header_.get(), file.header()); }

    /// @param shape  ggml's order
    /// @param fill   called when the file is written, for `bytes` bytes
    void add(const std::string& name, ggml_type type, const int64_t (&shape)[4], std::function<void(void* into)> fill);
    void add(const std::string& name, const ggml_tensor* tensor);

    /// @throws EngineError DISK_FULL, PATH_UNREADABLE
    void write(const std::string& path) const;

private:
    struct Free {
        void operator()(gguf_context* context) const { gguf::free(context); }
    };
    struct Content {
        size_t bytes;
        std::function<void(void*)> fill;
    };
    std::unique_ptr<gguf_context, Free> header_;
    TensorSet shapes_;
    std::vector<Content> contents_;
};

}  // namespace lagotto
