#include "loss/divergence.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lagotto {
namespace {

// Floors keep logarithms of vanished probabilities finite.
constexpr double tiny = 1e-30;
const double logTiny = std::log(tiny);

struct Event {
    double logP;  // teacher
    double logQ;  // student
};

std::vector<Event> fullEvents(const Row& student, const Teacher& teacher) {
    std::vector<Event> events(student.logits().size());
    for (size_t v = 0; v < events.size(); v++) {
        events[v] = {std::max<double>(teacher.logProbabilities[v], logTiny), student.logProbability(v)};
    }
    return events;
}

// The top-k tokens, and last what remains.
std::vector<Event> topEvents(const Row& student, const Teacher& teacher) {
    std::vector<Event> events;
    events.reserve(teacher.tokens.size() + 1);
    double p = 0, q = 0;
    for (size_t i = 0; i < teacher.tokens.size(); i++) {
        const Event event{teacher.logProbabilities[i], student.logProbability(teacher.tokens[i])};
        p += std::exp(event.logP);
        q += std::exp(event.logQ);
        events.push_back(event);
    }
    events.push_back({std::log(std::max(1 - p, tiny)), std::log(std::max(1 - q, tiny))});
    return events;
}

double mixed(double a, double logA, double logB) {
    return std::log(std::max(a * std::exp(logA) + (1 - a) * std::exp(logB), tiny));
}

// The logarithm of TAID's target: student and teacher logits interpolated, normalized again.
std::vector<double> interpolated(const std::vector<Event>& events, double lambda) {
    std::vector<double> target(events.size());
    std::ranges::transform(events, target.begin(),
                           [&](const Event& e) { return (1 - lambda) * e.logQ + lambda * e.logP; });
    const double largest = *std::ranges::max_element(target);
    double sum = 0;
    for (const double t : target) sum += std::exp(t - largest);
    for (double& t : target) t -= largest + std::log(sum);
    return target;
}

// The divergence, and in `slopes` its derivative by each log q.
double measure(Divergence kind, double lambda, const std::vector<Event>& events, std::vector<double>& slopes) {
    const auto target = kind == Divergence::Interpolated ? interpolated(events, lambda) : std::vector<double>{};
    double total = 0;
    for (size_t i = 0; i < events.size(); i++) {
        const auto [logP, logQ] = events[i];
        const double p = std::exp(logP), q = std::exp(logQ);
        switch (kind) {
            case Divergence::Forward:
                total += p * (logP - logQ);
                slopes[i] = -p;
                break;
            case Divergence::Interpolated: {
                const double t = std::exp(target[i]);
                total += t * (target[i] - logQ);
                slopes[i] = -t;
                break;
            }
            case Divergence::Reverse:
                total += q * (logQ - logP);
                slopes[i] = q * (logQ - logP + 1);
                break;
            case Divergence::JensenShannon: {
                const double logM = mixed(lambda, logP, logQ);
                total += lambda * p * (logP - logM) + (1 - lambda) * q * (logQ - logM);
                // The derivatives through m of both halves add up to −(1 − λ) q, which cancels the + q of q log q.
                slopes[i] = (1 - lambda) * q * (logQ - logM);
                break;
            }
            case Divergence::SkewForward: {
                const double logM = mixed(lambda, logP, logQ);
                total += p * (logP - logM);
                slopes[i] = -p * (1 - lambda) * std::exp(logQ - logM);
                break;
            }
            case Divergence::SkewReverse: {
                const double logM = mixed(1 - lambda, logP, logQ);
                total += q * (logQ - logM);
                slopes[i] = q * (logQ - logM + 1 - lambda * std::exp(logQ - logM));
                break;
            }
        }
    }
    return total;
}

}  // namespace

double divergence(Divergence kind, double lambda, const Row& student, const Teacher& teacher, double coefficient,
                  RowGradient& gradient) {
    const bool full = teacher.tokens.empty();
    const auto events = full ? fullEvents(student, teacher) : topEvents(student, teacher);
    std::vector<double> slopes(events.size());
    const double value = measure(kind, lambda, events, slopes);

    // ∂ log q[event] / ∂ logit[v] = (v in event) · p[v] / q[event] − p[v]
    double sum = 0;
    for (const double slope : slopes) sum += slope;
    gradient.probability -= coefficient * sum;
    if (full) {
        gradient.dense.resize(slopes.size());
        for (size_t v = 0; v < slopes.size(); v++) gradient.dense[v] += coefficient * slopes[v];
    } else {
        const double rest = slopes.back() / std::exp(events.back().logQ);
        gradient.probability += coefficient * rest;
        for (size_t i = 0; i < teacher.tokens.size(); i++) {
            const double q = std::exp(events[i].logQ);
            gradient.tokens.emplace_back(teacher.tokens[i], coefficient * (slopes[i] - rest * q));
        }
    }
    return value;
}

}  // namespace lagotto
