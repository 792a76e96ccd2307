#pragma once

#include <memory>
#include <mutex>

#include "training/batch.h"
#include "training/head.h"

namespace lagotto {

struct ComputeSettings {
    /// A name of listDevices(); "" is the CPU.
    std::string device;
    int threads = 1;
    /// Queries that composed attention handles at once.
    int64_t tile = 256;
    /// Rows of logits that exist at once.
    int64_t chunk = 128;
    /// Round the inputs of all matrix products to BF16 where the CPU multiplies such, also when the weights are exact.
    bool bf16 = false;
    /// Only operators that every back end has, on the CPU too: what other kernels are verified against.
    bool plain = false;
};

/// A loaded model with the device that computes it. Shared by everything that works on the same weights; one thing at
/// a time works on it (`lock`).
class Model {
public:
    /// Where the weights come from: a GGUF file, or (with an empty path) a random start.
    struct Source {
        std::string path;
        Architecture architecture;
        uint64_t seed = 1;
        /// Keep all weights as F32, for full training.
        bool asF32 = false;
    };
    Model(const Source& source, const ComputeSettings& compute, Memory memory = Memory::Real);

    const std::string& path() const { return path_; }
    const ComputeSettings& compute() const { return compute_; }
    Backend& backend() { return *backend_; }
    const Weights& weights() const { return *weights_; }
    const Operators& operators() const { return *operators_; }
    const Workspace& workspace() const { return *workspace_; }
    std::mutex& mutex() { return mutex_; }

private:
    std::string path_;
    ComputeSettings compute_;
    std::unique_ptr<Backend> backend_;
    std::unique_ptr<Weights> weights_;
    std::unique_ptr<Operators> operators_;
    std::unique_ptr<Workspace> workspace_;
    std::mutex mutex_;
};

/// What scoring tells about each row.
struct ScoreRequest {
    bool logProbabilities = false;
    bool entropies = false;
    bool values = false;
    /// The k most probable tokens; 0 for none.
    int64_t top = 0;
    /// All logits, [rows, vocabulary]. Large.
    bool logits = false;
};

struct Scores {
    std::vector<float> logProbabilities;
    std::vector<float> entropies;
    std::vector<float> values;
    std::vector<int32_t> topTokens;
    std::vector<float> topLogProbabilities;
    std::vector<float> logits;
};

/// @param parameters  an adapter over the model's weights, or null
/// @throws EngineError INVALID_INPUT, ABORTED, TRAINING_*
Scores score(Model& model, const Parameters* parameters, const Batch& batch, const ScoreRequest& request);

}  // namespace lagotto
