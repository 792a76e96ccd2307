#include "training/batch.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "error.h"

namespace lagotto {
namespace {

void checkTokens(const std::vector<int32_t>& tokens, int64_t vocabulary, const char* what) {
    for (const int32_t token : tokens) {
        if (token < 0 || token >= vocabulary) {
            throw invalidInput(std::string(what) + " " + std::to_string(token) + " is outside the vocabulary of " +
                               std::to_string(vocabulary) + " tokens.");
        }
    }
}

void checkNumbers(const std::vector<float>& values, size_t count, const char* what) {
    if (values.size() != count) {
        throw invalidInput(std::string("There must be one of ") + what + " per row: " + std::to_string(count) +
                           " are needed, " + std::to_string(values.size()) + " are given.");
    }
    for (const float value : values) {
        if (!std::isfinite(value)) throw invalidInput(std::string("Not all of ") + what + " are finite.");
    }
}

void checkTeacher(const Term& term, size_t rows, int64_t vocabulary) {
    const auto width = term.teacherWidth;
    const bool full = term.teacherTokens.empty();
    if (full && width != vocabulary) {
        throw invalidInput("The teacher has " + std::to_string(width) + " tokens, the student " +
                           std::to_string(vocabulary) + ": they must have the same tokenizer.");
    }
    if (width < 1 || width > vocabulary || (!full && width >= vocabulary)) {
        throw invalidInput("The number of the teacher's top tokens must be positive and below the vocabulary's size.");
    }
    const size_t expected = rows * static_cast<size_t>(width);
    if (term.teacherLogProbabilities.size() != expected || (!full && term.teacherTokens.size() != expected)) {
        throw invalidInput("The teacher's distributions do not match the rows.");
    }
    checkTokens(term.teacherTokens, vocabulary, "The teacher's token");
    for (const float p : term.teacherLogProbabilities) {
        // −∞ is the log-probability of what cannot come.
        if (std::isnan(p) || p > 1e-3f) throw invalidInput("The teacher's log-probabilities must not be above 0.");
    }
    if (term.lambda < 0 || term.lambda > 1) throw invalidInput("The mixture's weight must be between 0 and 1.");
    for (size_t row = 0; row < rows && !full; row++) {
        std::vector<int32_t> top(term.teacherTokens.begin() + row * width,
                                 term.teacherTokens.begin() + (row + 1) * width);
        std::ranges::sort(top);
        if (std::ranges::adjacent_find(top) != top.end()) throw invalidInput("A teacher's top tokens repeat.");
    }
}

}  // namespace

bool Batch::needsLogits() const {
    return std::ranges::any_of(terms, [](const Term& term) { return term.kind != TermKind::Value; });
}

bool Batch::needsValues() const {
    return std::ranges::any_of(terms, [](const Term& term) { return term.kind == TermKind::Value; });
}

size_t Batch::sequenceOf(size_t row) const {
    int64_t end = 0;
    for (size_t i = 0; i < lengths.size(); i++) {
        end += lengths[i];
        if (rows[row] < end) return i;
    }
    return lengths.size();
}

void Batch::check(const Architecture& architecture, bool hasValueHead) const {
    int64_t total = 0;
    for (const int64_t length : lengths) {
        if (length < 1) throw invalidInput("A sequence is empty.");
        if (length > architecture.contextLength) {
            throw invalidInput("A sequence of " + std::to_string(length) +
                               " tokens is longer than the model's context of " +
                               std::to_string(architecture.contextLength) + ".");
        }
        total += length;
    }
    if (lengths.empty()) throw invalidInput("There are no sequences.");
    if (total != static_cast<int64_t>(tokens.size())) {
        throw invalidInput("The sequences' lengths do not add up to the number of tokens.");
    }
    checkTokens(tokens, architecture.vocabulary, "The token");
    for (size_t i = 0; i < rows.size(); i++) {
        if (rows[i] < 0 || rows[i] >= total || (i > 0 && rows[i] <= rows[i - 1])) {
            throw invalidInput("The rows must ascend and lie within the sequences.");
        }
    }
    if (rows.empty()) throw invalidInput("There are no rows to look at.");
    const size_t count = rows.size();
    if (!labels.empty() && labels.size() != count) throw invalidInput("There must be one label per row.");
    checkTokens(labels, architecture.vocabulary, "The label");
    if (!terms.empty()) checkNumbers(weights, count, "the weights");
    for (const Term& term : terms) {
        if (!std::isfinite(term.coefficient)) throw invalidInput("The coefficient of a loss is not finite.");
        const bool needsLabels = term.kind == TermKind::CrossEntropy || term.kind == TermKind::Policy;
        if (needsLabels && labels.empty()) throw invalidInput("The loss needs labels.");
        if (term.kind == TermKind::Divergence) checkTeacher(term, count, architecture.vocabulary);
        if (term.kind == TermKind::Policy) {
            checkNumbers(term.oldLogProbabilities, count, "the old log-probabilities");
            checkNumbers(term.advantages, count, "the advantages");
            if (term.policy.klCoefficient != 0) {
                checkNumbers(term.referenceLogProbabilities, count, "the reference log-probabilities");
            }
        }
        if (term.kind == TermKind::Value) {
            if (!hasValueHead) throw invalidInput("The value loss needs a trainer with a value head.");
            checkNumbers(term.oldValues, count, "the old values");
            checkNumbers(term.returns, count, "the returns");
        }
    }
}

}  // namespace lagotto
