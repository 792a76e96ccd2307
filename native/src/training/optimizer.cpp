#include "training/optimizer.h"

#include <array>
#include <cmath>

#include "error.h"

namespace lagotto {

void OptimizerSettings::check() const {
    for (const double value : {learningRate, epsilon, weightDecay, maxNorm}) {
        if (!std::isfinite(value) || value < 0) throw invalidInput("The optimizer's settings must not be negative.");
    }
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) throw invalidInput("AdamW's betas must be in [0, 1).");
}

double gradientNorm(const Parameters& parameters, Backend& backend, const Workspace& workspace) {
    Graph graph(parameters.all().size() * 4 + 8);
    std::vector<ggml_tensor*> squares;
    for (const Parameter& p : parameters.all()) {
        squares.push_back(graph.output(gg::sum(graph, gg::sqr(graph, p.gradient))));
    }
    graph.run(backend, workspace);
    double total = 0;
    for (const ggml_tensor* square : squares) total += download(square)[0];
    return std::sqrt(total);
}

void applyGradients(const Parameters& parameters, Backend& backend, const Workspace& workspace,
                    const OptimizerSettings& s, double norm, int64_t step) {
    // ggml wants: rate, betas, epsilon, decay, and the factors that undo the moments' start at zero.
    const auto arguments = [&](double decay) {
        const auto n = static_cast<double>(step);
        return std::array<float, 7>{static_cast<float>(s.learningRate),
                                    static_cast<float>(s.beta1),
                                    static_cast<float>(s.beta2),
                                    static_cast<float>(s.epsilon),
                                    static_cast<float>(decay),
                                    static_cast<float>(1 / (1 - std::pow(s.beta1, n))),
                                    static_cast<float>(1 / (1 - std::pow(s.beta2, n)))};
    };
    const auto decaying = arguments(s.weightDecay), plain = arguments(0);
    const bool clip = s.maxNorm > 0 && norm > s.maxNorm;
    Graph graph(parameters.all().size() * 4 + 8);
    ggml_tensor* forMatrices = gg::reshape_2d(graph, graph.input(std::span<const float>(decaying), 1, 7), 7, 1);
    ggml_tensor* forVectors = gg::reshape_2d(graph, graph.input(std::span<const float>(plain), 1, 7), 7, 1);
    for (const Parameter& p : parameters.all()) {
        ggml_tensor* gradient = p.gradient;
        if (clip) gradient = gg::scale(graph, gradient, static_cast<float>(s.maxNorm / norm));
        graph.compute(gg::opt_step_adamw(graph, p.value, gradient, p.firstMoment, p.secondMoment,
                                         p.value->ne[1] > 1 ? forMatrices : forVectors));
    }
    graph.run(backend, workspace);
}

}  // namespace lagotto
