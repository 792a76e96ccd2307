#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "decoding/cache.h"
#include "decoding/sampling.h"
#include "training/trainer.h"

namespace lagotto {

/// What a decoder has to know of the vocabulary.
struct Vocabulary {
    /// The text of each token.
    std::vector<std::string> pieces;
    /// Whether it ends a turn.
    std::vector<bool> ends;
};

/// Tokens to be written after a context.
struct Turn {
    size_t slot;
    /// From the sequence's first token; what it has in common with the last turn's of the slot is not computed again,
    std::vector<int32_t> context;
    /// unless this is the first of another sequence: it shall not depend on what was in the slot.
    bool fresh;
    int64_t most;
    Sampling sampling;
    /// Index of the first draw.
    uint64_t drawn;
    /// The turn rests when its text, `said` before, comes to hold one of these once more.
    std::vector<std::string> stops;
    std::string said;
};

struct Written {
    enum class Reason { Stop, EndOfTurn, Limit, Aborted };
    size_t slot;
    std::vector<int32_t> tokens;
    Reason reason;
    /// Tokens of the context that were in the cache.
    int64_t cached;
    /// From the turn's beginning to its first token, and from there to its end.
    double promptMs, decodeMs;
};

/// Writes several sequences at once, one token of each in a step, with a cache of keys and values for each. What a
/// sequence says does not depend on the others, not even in the last bit. On the CPU, for models whose weights stay in
/// the processor's cache: there llama.cpp spends its time on the attention of single tokens, and batches gain nothing.
class Decoder {
public:
    /// @param trainer  an adapter over the model, or null
    Decoder(std::shared_ptr<Model> model, std::shared_ptr<Trainer> trainer, Vocabulary vocabulary, size_t slots);
    ~Decoder();

    /// Adds a turn. From any thread, also while run() works: it joins the next step.
    /// @throws EngineError INVALID_INPUT
    void begin(Turn turn);
    /// Ends the turn of a slot with the next step; without one nothing happens. From any thread.
    void abort(size_t slot);

    /// Computes until at least one turn is over, and returns those that are; nothing when there is none.
    /// @throws EngineError TRAINING_*
    std::vector<Written> run();

private:
    struct Slot;
    struct Running;
    void takeNew();
    void step();
    void take(Running& running, std::span<const float> logits);
    std::vector<Written> takeFinished();

    std::shared_ptr<Model> model_;
    std::shared_ptr<Trainer> trainer_;
    Vocabulary vocabulary_;
    std::vector<Slot> slots_;
    std::vector<Running> running_;
    std::vector<float> buffer_;
    Arena hidden_, logits_;

    std::mutex mutex_;
    std::vector<Turn> new_;
    std::vector<size_t> aborted_;
};

}  // namespace lagotto
