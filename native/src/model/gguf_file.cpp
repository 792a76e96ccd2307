#include "model/gguf_file.h"

#include <algorithm>
#include <exception>
#include <filesystem>

namespace lagotto {

GgufFile::GgufFile(const std::string& path) : path_(path) {
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (!file_) throw EngineError("MODEL_MISSING", "The file " + path + " cannot be opened.");
    char magic[4] = {};
    if (std::fread(magic, 1, 4, file_.get()) != 4 || std::string_view(magic, 4) != "GGUF") {
        throw EngineError("MODEL_NOT_GGUF", path + " is not a GGUF file.");
    }
    try {
        header_.reset(gguf::init_from_file(path.c_str(), {true, nullptr}));
    } catch (const std::exception& error) {
        throw truncated(error.what());
    }
    if (!header_) throw truncated("its header cannot be read");

    std::error_code error;
    const uint64_t size = std::filesystem::file_size(path, error);
    for (int64_t i = 0; i < tensorCount(); i++) {
        const Tensor t = tensor(i);
        if (error || t.offset > size || t.bytes > size - t.offset) throw truncated(t.name + " ends behind the file");
    }
}

EngineError GgufFile::truncated(const std::string& detail) const {
    return EngineError("MODEL_TRUNCATED", "The file " + path_ + " is incomplete or damaged: " + detail + ".");
}

std::optional<std::string> GgufFile::text(const std::string& key) const {
    const int64_t id = gguf::find_key(header(), key.c_str());
    if (id < 0 || gguf::get_kv_type(header(), id) != GGUF_TYPE_STRING) return std::nullopt;
    return gguf::get_val_str(header(), id);
}

std::optional<int64_t> GgufFile::integer(const std::string& key) const {
    const int64_t id = gguf::find_key(header(), key.c_str());
    if (id < 0) return std::nullopt;
    switch (gguf::get_kv_type(header(), id)) {
        case GGUF_TYPE_UINT8:
            return gguf::get_val_u8(header(), id);
        case GGUF_TYPE_INT8:
            return gguf::get_val_i8(header(), id);
        case GGUF_TYPE_UINT16:
            return gguf::get_val_u16(header(), id);
        case GGUF_TYPE_INT16:
            return gguf::get_val_i16(header(), id);
        case GGUF_TYPE_UINT32:
            return gguf::get_val_u32(header(), id);
        case GGUF_TYPE_INT32:
            return gguf::get_val_i32(header(), id);
        case GGUF_TYPE_INT64:
            return gguf::get_val_i64(header(), id);
        case GGUF_TYPE_UINT64: {
            const uint64_t value = gguf::get_val_u64(header(), id);
            return value > INT64_MAX ? std::nullopt : std::optional(static_cast<int64_t>(value));
        }
        default:
            return std::nullopt;
    }
}

std::optional<double> GgufFile::number(const std::string& key) const {
    const int64_t id = gguf::find_key(header(), key.c_str());
    if (id < 0) return std::nullopt;
    const gguf_type type = gguf::get_kv_type(header(), id);
    if (type == GGUF_TYPE_FLOAT32) return gguf::get_val_f32(header(), id);
    if (type == GGUF_TYPE_FLOAT64) return gguf::get_val_f64(header(), id);
    return std::nullopt;
}

std::optional<int64_t> GgufFile::arrayLength(const std::string& key) const {
    const int64_t id = gguf::find_key(header(), key.c_str());
    if (id < 0 || gguf::get_kv_type(header(), id) != GGUF_TYPE_ARRAY) return std::nullopt;
    return static_cast<int64_t>(gguf::get_arr_n(header(), id));
}

int64_t GgufFile::tensorCount() const { return gguf::get_n_tensors(header()); }

GgufFile::Tensor GgufFile::tensor(int64_t index) const {
    Tensor tensor{gguf::get_tensor_name(header(), index),
                  gguf::get_tensor_type(header(), index),
                  {},
                  gguf::get_tensor_size(header(), index),
                  gguf::get_data_offset(header()) + gguf::get_tensor_offset(header(), index)};
    std::copy_n(gguf::get_tensor_ne(header(), index), 4, tensor.shape);
    return tensor;
}

std::optional<GgufFile::Tensor> GgufFile::find(const std::string& name) const {
    const int64_t index = gguf::find_tensor(header(), name.c_str());
    return index < 0 ? std::nullopt : std::optional(tensor(index));
}

void GgufFile::read(const Tensor& tensor, void* into) const {
#ifdef _WIN32
    const int sought = _fseeki64(file_.get(), static_cast<int64_t>(tensor.offset), SEEK_SET);
#else
    const int sought = fseeko(file_.get(), static_cast<off_t>(tensor.offset), SEEK_SET);
#endif
    if (sought != 0 || std::fread(into, 1, tensor.bytes, file_.get()) != tensor.bytes) {
        throw truncated(tensor.name + " cannot be read");
    }
}

}  // namespace lagotto
