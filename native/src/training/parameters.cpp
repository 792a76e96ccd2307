#include "training/parameters.h"

#include <cmath>

#include "error.h"
#include "random.h"

namespace lagotto {

void LoraSettings::check() const {
    if (rank < 1 || rank > 1024) throw invalidInput("The rank of an adapter must be between 1 and 1024.");
    if (!(alpha > 0) || !std::isfinite(alpha)) throw invalidInput("The alpha of an adapter must be a positive number.");
    if (!(dropout >= 0 && dropout < 1)) throw invalidInput("The dropout must be at least 0 and less than 1.");
    for (const bool wanted : matrices) {
        if (wanted) return;
    }
    throw invalidInput("An adapter needs at least one matrix.");
}

Parameters::Parameters(const Backend& backend, const Weights& weights, const ParameterSettings& settings, Memory memory)
    : settings_(settings),
      tensors_(4 * (weights.all().size() + weights.layers().size() * 2 * MatrixCount + 2)),
      lora_(weights.layers().size()) {
    if (settings.mode == Mode::Lora) {
        settings.lora.check();
        for (size_t i = 0; i < lora_.size(); i++) {
            for (int m = 0; m < MatrixCount; m++) {
                if (!settings.lora.matrices[m]) continue;
                const Linear& linear = weights.layers()[i].matrices[m];
                const std::string name = linear.weight->name;
                lora_[i][m] = {add(name + ".lora_a", {linear.inputs(), settings.lora.rank}),
                               add(name + ".lora_b", {settings.lora.rank, linear.outputs()})};
            }
        }
    } else {
        for (ggml_tensor* weight : weights.all()) {
            if (weight->type != GGML_TYPE_F32) throw invalidInput("Full training needs all weights in F32.");
            if (weight != weights.ropeFactors()) track(weight);
        }
    }
    if (settings.valueHead) {
        valueHead_ = {add("value_head.weight", {weights.architecture().embedding}), add("value_head.bias", {1})};
    }
    tensors_.allocate(backend, memory);
    if (memory == Memory::Planned) return;
    tensors_.clear();
    randomize();
}

ggml_tensor* Parameters::add(const std::string& name, std::initializer_list<int64_t> shape) {
    ggml_tensor* value = tensors_.add(GGML_TYPE_F32, shape, name);
    track(value);
    return value;
}

void Parameters::track(ggml_tensor* value) {
    const auto like = [&] { return tensors_.add(GGML_TYPE_F32, {value->ne[0], value->ne[1]}); };
    // ggml's AdamW insists on the flag.
    value->flags |= GGML_TENSOR_FLAG_PARAM;
    all_.push_back({value->name, value, like(), like(), like()});
    gradients_[value] = all_.back().gradient;
}

void Parameters::randomize() const {
    for (size_t i = 0; i < all_.size(); i++) {
        if (!all_[i].name.ends_with(".lora_a")) continue;
        ggml_tensor* a = all_[i].value;
        const double bound = 1.0 / std::sqrt(static_cast<double>(a->ne[0]));
        std::vector<float> values(static_cast<size_t>(gg::nelements(a)));
        Random random(Random::mix(settings_.seed, i));
        for (float& value : values) value = static_cast<float>((2 * random.uniform() - 1) * bound);
        upload(a, values);
    }
}

const Parameter& Parameters::find(const std::string& name) const {
    for (const Parameter& parameter : all_) {
        if (parameter.name == name) return parameter;
    }
    throw invalidInput("There is no parameter named " + name + ".");
}

ggml_tensor* Parameters::gradientOf(const ggml_tensor* value) const {
    const auto found = gradients_.find(value);
    return found == gradients_.end() ? nullptr : found->second;
}

void Parameters::clearGradients() const {
    for (const Parameter& p : all_) gg::backend_tensor_memset(p.gradient, 0, 0, gg::nbytes(p.gradient));
}

}  // namespace lagotto
