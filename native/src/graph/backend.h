#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "ggml/functions.h"

namespace lagotto {

/// One device of ggml's registry.
struct Device {
    std::string name;
    std::string description;
    bool isCpu;
    uint64_t freeBytes;
    uint64_t totalBytes;
};

/// The devices that the loaded back ends offer, in the registry's order.
std::vector<Device> listDevices();

/// A device made ready to compute, with a flag that stops it.
class Backend {
public:
    /// @param device   a name of listDevices(), or "" for the CPU
    /// @param threads  of the CPU; ggml's threads spin, so never more than cores
    Backend(const std::string& device, int threads);
    ~Backend();
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    ggml_backend_t handle() const { return handle_; }
    ggml_backend_buffer_type_t bufferType() const;
    bool isCpu() const { return isCpu_; }

    /// Computes a graph whose tensors are allocated.
    /// @throws EngineError ABORTED (stopped: on the CPU between two operators), TRAINING_FAILED
    void compute(ggml_cgraph* graph);

    /// May be called from any thread.
    void abort() { aborting_ = true; }
    void clearAbort() { aborting_ = false; }
    void throwIfAborted() const;

private:
    ggml_backend_t handle_ = nullptr;
    bool isCpu_ = true;
    std::atomic<bool> aborting_{false};
};

}  // namespace lagotto
