#include "graph/tensors.h"

#include <algorithm>

#include "error.h"

namespace lagotto {
namespace {

EngineError outOfMemory(size_t bytes) {
    return EngineError("TRAINING_MEMORY",
                       "There is not enough memory: " + std::to_string(bytes >> 20) + " MiB could not be allocated.");
}

ggml_context* newContext(size_t bytes) {
    ggml_context* context = gg::init({bytes, nullptr, true});
    if (!context) throw outOfMemory(bytes);
    return context;
}

}  // namespace

Arena::~Arena() {
    if (buffer_) gg::backend_buffer_free(buffer_);
}

ggml_backend_buffer_t Arena::reserve(const Backend& backend, size_t bytes) {
    bytes += gg::backend_buft_get_alignment(backend.bufferType());
    if (buffer_ && gg::backend_buffer_get_size(buffer_) >= bytes) return buffer_;
    if (buffer_) gg::backend_buffer_free(buffer_);
    buffer_ = gg::backend_buft_alloc_buffer(backend.bufferType(), bytes);
    if (!buffer_) throw outOfMemory(bytes);
    return buffer_;
}

TensorSet::TensorSet(size_t capacity) : context_(newContext((capacity + 1) * gg::tensor_overhead())) {}

TensorSet::~TensorSet() {
    if (buffer_) gg::backend_buffer_free(buffer_);
    gg::free(context_);
}

ggml_tensor* TensorSet::add(ggml_type type, std::initializer_list<int64_t> shape, const std::string& name) {
    ggml_tensor* tensor = gg::new_tensor(context_, type, static_cast<int>(shape.size()), shape.begin());
    gg::set_name(tensor, name.c_str());
    tensors_.push_back(tensor);
    return tensor;
}

void TensorSet::allocate(const Backend& backend, Memory memory, Arena* arena) {
    if (tensors_.empty()) return;
    bytes_ = gg::backend_alloc_ctx_tensors_from_buft_size(context_, backend.bufferType());
    if (memory == Memory::Planned) {
        for (ggml_tensor* tensor : tensors_) tensor->data = this;
        return;
    }
    if (arena) {
        ggml_tallocr place = gg::tallocr_new(arena->reserve(backend, bytes_));
        for (ggml_tensor* tensor : tensors_) gg::tallocr_alloc(&place, tensor);
        return;
    }
    buffer_ = gg::backend_alloc_ctx_tensors_from_buft(context_, backend.bufferType());
    if (!buffer_) throw outOfMemory(bytes_);
}

void TensorSet::clear() {
    if (buffer_) gg::backend_buffer_clear(buffer_, 0);
}

Workspace::Workspace(const Backend& backend)
    : handle_(gg::gallocr_new(backend.bufferType())),
      activations_(std::make_unique<Arena>()),
      logits_(std::make_unique<Arena>()) {}
Workspace::~Workspace() { gg::gallocr_free(handle_); }
size_t Workspace::bytes() const { return gg::gallocr_get_buffer_size(handle_, 0); }

Graph::Graph(size_t nodes)
    : context_(newContext(2 * nodes * gg::tensor_overhead() + gg::graph_overhead_custom(nodes, false))),
      graph_(gg::new_graph_custom(context_, nodes, false)) {}

Graph::~Graph() { gg::free(context_); }

ggml_tensor* Graph::input(std::span<const int32_t> data) {
    ggml_tensor* tensor = gg::new_tensor_1d(context_, GGML_TYPE_I32, static_cast<int64_t>(data.size()));
    gg::set_input(tensor);
    uploads_.push_back({tensor, data.data()});
    return tensor;
}

ggml_tensor* Graph::input(std::span<const float> data, int64_t rows, int64_t columns) {
    ggml_tensor* tensor = gg::new_tensor_2d(context_, GGML_TYPE_F32, columns, rows);
    gg::set_input(tensor);
    uploads_.push_back({tensor, data.data()});
    return tensor;
}

ggml_tensor* Graph::output(ggml_tensor* tensor) const {
    gg::set_output(tensor);
    compute(tensor);
    return tensor;
}

void Graph::run(Backend& backend, const Workspace& workspace) const {
    if (!gg::gallocr_alloc_graph(workspace.handle(), graph_)) throw outOfMemory(bytesOn(backend));
    for (const auto& [tensor, data] : uploads_) {
        // An input that nothing uses is not part of the graph and has no memory.
        if (tensor->buffer) gg::backend_tensor_set(tensor, data, 0, gg::nbytes(tensor));
    }
    backend.compute(graph_);
}

size_t Graph::bytesOn(const Backend& backend) const {
    const Workspace probe(backend);
    size_t bytes = 0;
    gg::gallocr_reserve_n_size(probe.handle(), graph_, nullptr, nullptr, &bytes);
    return bytes;
}

std::vector<float> download(const ggml_tensor* tensor) {
    std::vector<float> values(static_cast<size_t>(gg::nelements(tensor)));
    gg::backend_tensor_get(tensor, values.data(), 0, values.size() * sizeof(float));
    return values;
}

void upload(ggml_tensor* tensor, std::span<const float> values) {
    if (values.size() != static_cast<size_t>(gg::nelements(tensor))) {
        throw invalidInput(std::string("The tensor ") + tensor->name + " has another size.");
    }
    gg::backend_tensor_set(tensor, values.data(), 0, values.size_bytes());
}

}  // namespace lagotto
