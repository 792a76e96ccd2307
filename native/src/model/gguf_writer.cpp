#include "model/gguf_writer.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

namespace lagotto {
namespace {

bool flushToDisk(std::FILE* file) {
    if (std::fflush(file) != 0) return false;
#ifdef _WIN32
    return _commit(_fileno(file)) == 0;
#else
    return fsync(fileno(file)) == 0;
#endif
}

EngineError failed(const std::string& path) {
    const bool full = errno == ENOSPC || errno == EFBIG
#ifdef EDQUOT
                      || errno == EDQUOT
#endif
        ;
    return EngineError(full ? "DISK_FULL" : "PATH_UNREADABLE",
                       "The file " + path + " could not be written: " + std::strerror(errno) + ".");
}

}  // namespace

GgufWriter::GgufWriter(size_t tensors) : header_(gguf::init_empty()), shapes_(tensors) {}

void GgufWriter::add(const std::string& name, ggml_type type, const int64_t (&shape)[4],
                     std::function<void(void*)> fill) {
    const ggml_tensor* tensor =
        shape[1] == 1 ? shapes_.add(type, {shape[0]}, name) : shapes_.add(type, {shape[0], shape[1]}, name);
    gguf::add_tensor(header_.get(), tensor);
    contents_.push_back({gg::nbytes(tensor), std::move(fill)});
}

void GgufWriter::add(const std::string& name, const ggml_tensor* tensor) {
    add(name, tensor->type, tensor->ne,
        [tensor](void* into) { gg::backend_tensor_get(tensor, into, 0, gg::nbytes(tensor)); });
}

void GgufWriter::write(const std::string& path) const {
    const std::string beside = path + ".partial";
    struct Cleanup {
        const std::string& path;
        ~Cleanup() {
            std::error_code ignored;
            std::filesystem::remove(path, ignored);
        }
    } const cleanup{beside};
    std::FILE* file = std::fopen(beside.c_str(), "wb");
    if (!file) throw failed(path);
    const auto put = [&](const void* data, size_t bytes) {
        if (bytes == 0 || std::fwrite(data, 1, bytes, file) == bytes) return;
        const auto error = failed(path);
        std::fclose(file);
        throw error;
    };
    std::vector<std::byte> buffer(gguf::get_meta_size(header_.get()));
    gguf::get_meta_data(header_.get(), buffer.data());
    put(buffer.data(), buffer.size());
    size_t written = 0;
    for (size_t i = 0; i < contents_.size(); i++) {
        const size_t offset = gguf::get_tensor_offset(header_.get(), static_cast<int64_t>(i));
        buffer.assign(offset - written, std::byte{0});
        put(buffer.data(), buffer.size());
        buffer.resize(contents_[i].bytes);
        contents_[i].fill(buffer.data());
        put(buffer.data(), buffer.size());
        written = offset + buffer.size();
    }
    // The last tensor is padded too: readers take the data section to be whole.
    buffer.assign((32 - written % 32) % 32, std::byte{0});
    put(buffer.data(), buffer.size());
    const bool flushed = flushToDisk(file);
    const auto error = failed(path);
    if (std::fclose(file) != 0 || !flushed) throw error;
    std::error_code renamed;
    std::filesystem::rename(beside, path, renamed);
    if (renamed)
        throw EngineError("PATH_UNREADABLE", "The file " + path + " could not be replaced: " + renamed.message() + ".");
}

}  // namespace lagotto
