#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/backend.h"

namespace lagotto {

/// Whether memory is really taken, or only counted (for the estimate that is asked before anything is allocated).
enum class Memory { Real, Planned };

/// Memory that one set of tensors after the other lies in. It grows to the largest: pages that the system has to clear
/// for every step would cost a tenth of it.
class Arena {
public:
    Arena() = default;
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// A buffer of at least so many bytes; what was in it is lost.
    /// @throws EngineError TRAINING_MEMORY
    ggml_backend_buffer_t reserve(const Backend& backend, size_t bytes);

private:
    ggml_backend_buffer_t buffer_ = nullptr;
};

/// Tensors that live as long as their set: weights, gradients, activations. Add all, then allocate once.
class TensorSet {
public:
    explicit TensorSet(size_t capacity);
    ~TensorSet();
    TensorSet(const TensorSet&) = delete;
    TensorSet& operator=(const TensorSet&) = delete;

    ggml_tensor* add(ggml_type type, std::initializer_list<int64_t> shape, const std::string& name = "");

    /// Takes the memory, or with Memory::Planned marks the tensors as if they had some: graphs over them can be built
    /// and measured, not computed.
    /// @throws EngineError TRAINING_MEMORY
    /// @param arena  where the tensors lie; null for memory of their own
    void allocate(const Backend& backend, Memory memory, Arena* arena = nullptr);
    /// Bytes that allocate() has taken, or would have.
    size_t bytes() const { return bytes_; }
    void clear();

private:
    ggml_context* context_ = nullptr;
    ggml_backend_buffer_t buffer_ = nullptr;
    std::vector<ggml_tensor*> tensors_;
    size_t bytes_ = 0;
};

/// Memory that graphs share one after the other (it grows to the largest), and so do passes and heads.
class Workspace {
public:
    explicit Workspace(const Backend& backend);
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    ggml_gallocr_t handle() const { return handle_; }
    size_t bytes() const;
    Arena& activations() const { return *activations_; }
    Arena& logits() const { return *logits_; }

private:
    ggml_gallocr_t handle_;
    std::unique_ptr<Arena> activations_, logits_;
};

/// One graph: built, given its inputs, computed once, dropped.
class Graph {
public:
    explicit Graph(size_t nodes = 2048);
    ~Graph();
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;

    ggml_context* context() const { return context_; }
    operator ggml_context*() const { return context_; }

    /// Inputs: the data must stay valid until run().
    ggml_tensor* input(std::span<const int32_t> data);
    ggml_tensor* input(std::span<const float> data, int64_t rows, int64_t columns);

    /// Keeps host data for as long as the graph lives.
    const std::vector<float>& keep(std::vector<float> data) { return kept_.emplace_back(std::move(data)); }

    /// The same for any object, for operators of our own.
    template <class T>
    T* own(T object) {
        auto held = std::make_shared<T>(std::move(object));
        owned_.push_back(held);
        return held.get();
    }

    /// Demands that the tensor (and all it depends on) be computed, in the order of the calls.
    void compute(ggml_tensor* tensor) const { gg::build_forward_expand(graph_, tensor); }
    /// Demands a tensor whose content will be read after run().
    ggml_tensor* output(ggml_tensor* tensor) const;
    /// Demands a copy into a tensor that outlives the graph.
    void store(ggml_tensor* value, ggml_tensor* into) const { compute(gg::cpy(context_, value, into)); }

    /// @throws EngineError as Backend::compute; TRAINING_MEMORY
    void run(Backend& backend, const Workspace& workspace) const;
    /// Bytes that run() would need; nothing is allocated.
    size_t bytesOn(const Backend& backend) const;

private:
    struct Upload {
        ggml_tensor* tensor;
        const void* data;
    };
    ggml_context* context_;
    ggml_cgraph* graph_;
    std::vector<Upload> uploads_;
    std::deque<std::vector<float>> kept_;
    std::vector<std::shared_ptr<void>> owned_;
};

/// A tensor's content as floats, and back. F32 only.
std::vector<float> download(const ggml_tensor* tensor);
void upload(ggml_tensor* tensor, std::span<const float> values);

}  // namespace lagotto
