#include <algorithm>
#include <cstdio>

#include "error.h"
#include "model/gguf_writer.h"
#include "training/files.h"

namespace lagotto {
namespace {

constexpr uint32_t version = 1;

// Settings on which a continued run depends; a state is restored into a trainer with the same ones only.
std::string fingerprint(const Trainer& trainer) {
    const ParameterSettings& p = trainer.parameters().settings();
    const Architecture& a = trainer.model().weights().architecture();
    std::string text = a.family + " " + std::to_string(a.layers) + "x" + std::to_string(a.embedding);
    text += p.mode == Mode::Full ? " full" : " lora";
    if (p.mode == Mode::Lora) {
        char numbers[96];
        std::snprintf(numbers, sizeof numbers, " rank %d alpha %.9g dropout %.9g", static_cast<int>(p.lora.rank),
                      p.lora.alpha, p.lora.dropout);
        text += numbers;
        for (const bool wanted : p.lora.matrices) text += wanted ? '1' : '0';
    }
    return text + (p.valueHead ? " value" : "") + " seed " + std::to_string(p.seed);
}

struct Part {
    const char* suffix;
    ggml_tensor* Parameter::*tensor;
};
constexpr Part parts[] = {{"", &Parameter::value}, {".m1", &Parameter::firstMoment}, {".m2", &Parameter::secondMoment}};

}  // namespace

void saveState(const Trainer& trainer, const std::string& path) {
    const auto& all = trainer.parameters().all();
    GgufWriter writer(all.size() * std::size(parts));
    writer.set("general.type", std::string("lagotto-training-state"));
    writer.set("lagotto.state.version", version);
    writer.set("lagotto.state.settings", fingerprint(trainer));
    writer.set("lagotto.state.steps", static_cast<uint64_t>(trainer.steps()));
    for (const Parameter& parameter : all) {
        for (const auto& [suffix, tensor] : parts) writer.add(parameter.name + suffix, parameter.*tensor);
    }
    writer.write(path);
}

void restoreState(Trainer& trainer, const std::string& path) {
    const GgufFile file(path);
    const auto mismatch = [&](const std::string& why) {
        return EngineError("ADAPTER_MISMATCH", "The training state " + path + " does not fit: " + why + ".");
    };
    if (file.integer("lagotto.state.version") != version) throw mismatch("it is none, or of another version");
    const auto settings = file.text("lagotto.state.settings").value_or("");
    if (settings != fingerprint(trainer)) throw mismatch("it was saved with the settings “" + settings + "”");
    const auto steps = file.integer("lagotto.state.steps");
    if (!steps || *steps < 0) throw mismatch("it has no number of steps");

    std::vector<std::pair<ggml_tensor*, std::vector<float>>> read;
    for (const Parameter& parameter : trainer.parameters().all()) {
        for (const auto& [suffix, member] : parts) {
            ggml_tensor* tensor = parameter.*member;
            const auto source = file.find(parameter.name + suffix);
            if (!source || source->type != GGML_TYPE_F32 || !std::equal(source->shape, source->shape + 4, tensor->ne)) {
                throw mismatch(parameter.name + suffix + " is missing or has another shape");
            }
            std::vector<float> values(static_cast<size_t>(gg::nelements(tensor)));
            file.read(*source, values.data());
            read.emplace_back(tensor, std::move(values));
        }
    }
    for (const auto& [tensor, values] : read) upload(tensor, values);
    trainer.setSteps(*steps);
    trainer.discard();
}

}  // namespace lagotto
