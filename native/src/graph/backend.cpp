#include "graph/backend.h"

#include "error.h"

namespace lagotto {

std::vector<Device> listDevices() {
    std::vector<Device> devices;
    for (size_t i = 0; i < gg::backend_dev_count(); i++) {
        const auto device = gg::backend_dev_get(i);
        size_t free = 0, total = 0;
        gg::backend_dev_memory(device, &free, &total);
        devices.push_back({gg::backend_dev_name(device), gg::backend_dev_description(device),
                           gg::backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU, free, total});
    }
    return devices;
}

Backend::Backend(const std::string& name, int threads) {
    if (threads < 1 || threads > 512) throw invalidInput("The number of threads must be between 1 and 512.");
    ggml_backend_dev_t chosen = nullptr;
    for (size_t i = 0; i < gg::backend_dev_count() && !chosen; i++) {
        const auto device = gg::backend_dev_get(i);
        const bool fits = name.empty() ? gg::backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU
                                       : name == gg::backend_dev_name(device);
        if (fits) chosen = device;
    }
    if (!chosen) throw invalidInput("There is no device " + (name.empty() ? "of type CPU" : "named " + name) + ".");
    isCpu_ = gg::backend_dev_type(chosen) == GGML_BACKEND_DEVICE_TYPE_CPU;
    handle_ = gg::backend_dev_init(chosen, nullptr);
    if (!handle_) throw EngineError("TRAINING_FAILED", "The device " + name + " could not be started.");

    const auto registry = gg::backend_dev_backend_reg(chosen);
    const auto procedure = [&](const char* function) { return gg::backend_reg_get_proc_address(registry, function); };
    if (const auto set = reinterpret_cast<ggml_backend_set_n_threads_t>(procedure("ggml_backend_set_n_threads"))) {
        set(handle_, threads);
    }
    if (const auto set =
            reinterpret_cast<ggml_backend_set_abort_callback_t>(procedure("ggml_backend_set_abort_callback"))) {
        set(
            handle_, [](void* self) { return static_cast<Backend*>(self)->aborting_.load(std::memory_order_relaxed); },
            this);
    }
}

Backend::~Backend() {
    if (handle_) gg::backend_free(handle_);
}

ggml_backend_buffer_type_t Backend::bufferType() const { return gg::backend_get_default_buffer_type(handle_); }

void Backend::throwIfAborted() const {
    if (aborting_) throw aborted();
}

void Backend::compute(ggml_cgraph* graph) {
    throwIfAborted();
    const ggml_status status = gg::backend_graph_compute(handle_, graph);
    if (status == GGML_STATUS_ABORTED) throw aborted();
    if (status == GGML_STATUS_ALLOC_FAILED) throw EngineError("TRAINING_MEMORY", "The device ran out of memory.");
    if (status != GGML_STATUS_SUCCESS) throw EngineError("TRAINING_FAILED", "The device failed to compute.");
}

}  // namespace lagotto
