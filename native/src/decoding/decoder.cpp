#include "decoding/decoder.h"

#include <algorithm>
#include <chrono>
#include <deque>

#include "decoding/cached_operators.h"
#include "error.h"
#include "graph/layer.h"

namespace lagotto {
namespace {

using Clock = std::chrono::steady_clock;

// Tokens of one step, of prompts for the most part: more wait for the next one.
constexpr int64_t stepTokens = 2048;

double millisecondsSince(Clock::time_point from) {
    return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
}

}  // namespace

// What is in a cache: the keys and values of `tokens`.
struct Decoder::Slot {
    KeyValueCache cache;
    std::vector<int32_t> tokens;
};

struct Decoder::Running {
    Turn turn;
    Written written;
    Clock::time_point began = Clock::now(), first;
    bool over = false;
};

Decoder::Decoder(std::shared_ptr<Model> model, std::shared_ptr<Trainer> trainer, Vocabulary vocabulary, size_t slots)
    : model_(std::move(model)), trainer_(std::move(trainer)), vocabulary_(std::move(vocabulary)) {
    const Architecture& a = model_->weights().architecture();
    if (!model_->backend().isCpu()) throw invalidInput("Sequences are written on the CPU only.");
    if (slots < 1) throw invalidInput("A decoder needs at least one slot.");
    const auto tokens = static_cast<size_t>(a.vocabulary);
    if (vocabulary_.pieces.size() != tokens || vocabulary_.ends.size() != tokens) {
        throw invalidInput("The vocabulary is not the model's.");
    }
    for (size_t i = 0; i < slots; i++) slots_.push_back({KeyValueCache(a), {}});
}

Decoder::~Decoder() = default;

void Decoder::begin(Turn turn) {
    const Architecture& a = model_->weights().architecture();
    const auto valid = [&](int32_t token) { return token >= 0 && token < a.vocabulary; };
    if (turn.slot >= slots_.size()) throw invalidInput("There is no such slot.");
    if (turn.context.empty() || turn.most < 1) throw invalidInput("A turn needs a context, and room for a token.");
    if (!std::ranges::all_of(turn.context, valid)) throw invalidInput("A token is not in the vocabulary.");
    if (!(turn.sampling.temperature >= 0)) throw invalidInput("The temperature must not be negative.");
    if (static_cast<int64_t>(turn.context.size()) + turn.most > a.contextLength) {
        throw invalidInput("The turn would go beyond the model's context.");
    }
    const std::lock_guard lock(mutex_);
    new_.push_back(std::move(turn));
}

void Decoder::abort(size_t slot) {
    const std::lock_guard lock(mutex_);
    aborted_.push_back(slot);
}

void Decoder::takeNew() {
    const std::lock_guard lock(mutex_);
    for (Turn& turn : new_) {
        Slot& slot = slots_[turn.slot];
        // The last token is always computed: what follows it is wanted.
        const size_t most = turn.fresh ? 0 : std::min(slot.tokens.size(), turn.context.size() - 1);
        size_t same = 0;
        while (same < most && slot.tokens[same] == turn.context[same]) same++;
        slot.tokens.resize(same);
        slot.cache.reserve(static_cast<int64_t>(turn.context.size()) + turn.most, static_cast<int64_t>(same));
        const Written written{turn.slot, {}, Written::Reason::Limit, static_cast<int64_t>(same), 0, 0};
        running_.push_back({.turn = std::move(turn), .written = written, .first = {}});
    }
    new_.clear();
    for (Running& running : running_) {
        if (std::ranges::find(aborted_, running.turn.slot) == aborted_.end()) continue;
        running.written.reason = Written::Reason::Aborted;
        running.over = true;
    }
    aborted_.clear();
}

std::vector<Written> Decoder::takeFinished() {
    std::vector<Written> finished;
    std::erase_if(running_, [&](Running& running) {
        if (!running.over) return false;
        Written& written = running.written;
        const auto end = Clock::now();
        const auto first = running.first == Clock::time_point{} ? end : running.first;
        written.promptMs = std::chrono::duration<double, std::milli>(first - running.began).count();
        written.decodeMs = millisecondsSince(first);
        finished.push_back(std::move(written));
        return true;
    });
    return finished;
}

std::vector<Written> Decoder::run() {
    const std::lock_guard lock(model_->mutex());
    model_->backend().clearAbort();
    for (;;) {
        takeNew();
        if (auto finished = takeFinished(); !finished.empty() || running_.empty()) return finished;
        try {
            step();
        } catch (...) {
            // What the caches hold is not known any more.
            running_.clear();
            for (Slot& slot : slots_) slot.tokens.clear();
            throw;
        }
    }
}

void Decoder::step() {
    const Weights& weights = model_->weights();
    const Architecture& a = weights.architecture();
    std::vector<Running*> members;
    std::vector<Sequence> sequences;
    std::vector<int32_t> ids, positions, rows;
    std::vector<CachedOperators::Member> caches;
    for (Running& running : running_) {
        Slot& slot = slots_[running.turn.slot];
        const auto& context = running.turn.context;
        const auto past = static_cast<int64_t>(slot.tokens.size());
        const auto count = static_cast<int64_t>(context.size()) - past;
        if (!members.empty() && static_cast<int64_t>(ids.size()) + count > stepTokens) continue;
        members.push_back(&running);
        sequences.push_back({static_cast<int64_t>(ids.size()), count});
        caches.push_back({&slot.cache, past});
        for (int64_t i = past; i < past + count; i++) {
            ids.push_back(context[i]);
            positions.push_back(static_cast<int32_t>(i));
        }
        rows.push_back(static_cast<int32_t>(ids.size() - 1));
    }

    TensorSet held(2);
    ggml_tensor* hidden = held.add(GGML_TYPE_F32, {a.embedding, static_cast<int64_t>(ids.size())});
    held.allocate(model_->backend(), Memory::Real, &hidden_);
    TensorSet result(1);
    ggml_tensor* logits = result.add(GGML_TYPE_F32, {a.vocabulary, static_cast<int64_t>(rows.size())});
    result.allocate(model_->backend(), Memory::Real, &logits_);

    const Parameters* parameters = trainer_ ? &trainer_->parameters() : nullptr;
    Graph graph(64 + 64 * weights.layers().size());
    graph.store(gg::get_rows(graph, weights.embeddings(), graph.input(ids)), hidden);
    std::deque<CachedOperators> operators;
    for (size_t layer = 0; layer < weights.layers().size(); layer++) {
        operators.emplace_back(model_->operators(), caches, layer);
        const LayerGraph::Context context{operators.back(), weights, parameters, sequences, positions, 0};
        LayerGraph(graph, context, layer).forward(hidden, nullptr, hidden);
    }
    const Operators& plain = model_->operators();
    ggml_tensor* last = gg::get_rows(graph, hidden, graph.input(rows));
    plain.multiply(graph, {{weights.head(), plain.norm(graph, last, weights.outputNorm(), a.normEpsilon)}}, nullptr,
                   logits);
    graph.run(model_->backend(), model_->workspace());

    const auto vocabulary = static_cast<size_t>(a.vocabulary);
    for (size_t i = 0; i < members.size(); i++) {
        const auto added = std::span(ids).subspan(static_cast<size_t>(sequences[i].start), sequences[i].length);
        auto& known = slots_[members[i]->turn.slot].tokens;
        known.insert(known.end(), added.begin(), added.end());
        take(*members[i], {static_cast<const float*>(logits->data) + i * vocabulary, vocabulary});
    }
}

// Draws a sequence's next token, and sees whether its turn is over with it.
void Decoder::take(Running& running, std::span<const float> logits) {
    auto& [turn, written, began, first, over] = running;
    if (written.tokens.empty()) first = Clock::now();
    const int32_t token = draw(logits, turn.sampling, turn.drawn + written.tokens.size(), buffer_);
    if (vocabulary_.ends[token]) {
        written.reason = Written::Reason::EndOfTurn;
        over = true;
        return;
    }
    written.tokens.push_back(token);
    turn.context.push_back(token);
    const size_t before = turn.said.size();
    turn.said += vocabulary_.pieces[token];
    for (const std::string& stop : turn.stops) {
        const size_t from = before - std::min(before, stop.size() - 1);
        if (stop.empty() || turn.said.find(stop, from) == std::string::npos) continue;
        written.reason = Written::Reason::Stop;
        over = true;
    }
    if (static_cast<int64_t>(written.tokens.size()) >= turn.most) over = true;
}

}  // namespace lagotto
