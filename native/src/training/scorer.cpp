#include <algorithm>
#include <numeric>

#include "error.h"
#include "loss/row.h"
#include "training/model.h"
#include "training/parallel.h"

namespace lagotto {
namespace {

void writeTop(const Row& row, size_t k, int32_t* tokens, float* logProbabilities) {
    const auto logits = row.logits();
    std::vector<int32_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    // Ties go to the smaller token, so that equal models give equal lists.
    const auto before = [&](int32_t a, int32_t b) {
        return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
    };
    std::partial_sort(order.begin(), order.begin() + static_cast<int64_t>(k), order.end(), before);
    for (size_t i = 0; i < k; i++) {
        tokens[i] = order[i];
        logProbabilities[i] = static_cast<float>(row.logProbability(order[i]));
    }
}

}  // namespace

Scores score(Model& model, const Parameters* parameters, const Batch& batch, const ScoreRequest& request) {
    batch.check(model.weights().architecture(), parameters && parameters->settings().valueHead);
    const auto vocabulary = model.weights().architecture().vocabulary;
    if (request.logProbabilities && batch.labels.empty()) throw invalidInput("Log-probabilities need labels.");
    if (request.top < 0 || request.top > vocabulary) throw invalidInput("More top tokens are wanted than there are.");
    if (request.values && !(parameters && parameters->settings().valueHead)) {
        throw invalidInput("Values need a trainer with a value head.");
    }
    const size_t rows = batch.rows.size(), k = static_cast<size_t>(request.top);
    const bool logits = request.logProbabilities || request.entropies || request.top > 0 || request.logits;
    Scores scores;
    scores.logProbabilities.resize(request.logProbabilities ? rows : 0);
    scores.entropies.resize(request.entropies ? rows : 0);
    scores.values.resize(request.values ? rows : 0);
    scores.topTokens.resize(k * rows);
    scores.topLogProbabilities.resize(k * rows);
    scores.logits.resize(request.logits ? rows * vocabulary : 0);

    const auto& compute = model.compute();
    Pass pass(model.backend(), model.operators(), model.weights(), parameters, model.workspace(),
              {batch.lengths, Activations::ForwardOnly});
    pass.forward(batch.tokens);
    Head head(model.backend(), model.operators(), model.weights(), parameters, model.workspace(),
              std::min<int64_t>(compute.chunk, static_cast<int64_t>(rows)), Memory::Real);
    head.visit(pass, batch.rows, {logits, request.values, false}, [&](const Head::Chunk& chunk) {
        std::ranges::copy(chunk.values,
                          scores.values.begin() + static_cast<int64_t>(chunk.values.empty() ? 0 : chunk.first));
        if (!logits) return;
        if (request.logits)
            std::ranges::copy(chunk.logits, scores.logits.begin() + static_cast<int64_t>(chunk.first * vocabulary));
        parallel(chunk.count, compute.threads, [&](size_t index, int) {
            const size_t at = chunk.first + index;
            std::vector<float> probabilities(static_cast<size_t>(vocabulary));
            const Row row(chunk.logits.subspan(index * vocabulary, vocabulary), probabilities);
            if (request.logProbabilities)
                scores.logProbabilities[at] = static_cast<float>(row.logProbability(batch.labels[at]));
            if (request.entropies) scores.entropies[at] = static_cast<float>(row.entropy());
            if (k > 0) writeTop(row, k, &scores.topTokens[at * k], &scores.topLogProbabilities[at * k]);
        });
    });
    return scores;
}

}  // namespace lagotto
