#include <algorithm>

#include "error.h"
#include "model/gguf_writer.h"
#include "training/files.h"

// The format: https://github.com/ggml-org/llama.cpp, convert_lora_to_gguf.py. X.weight.lora_a is [inputs, rank] and
// X.weight.lora_b [rank, outputs]; llama.cpp scales their product by alpha / rank.

namespace lagotto {
namespace {

EngineError mismatch(const std::string& message) { return EngineError("ADAPTER_MISMATCH", message); }

}  // namespace

void exportAdapter(const Trainer& trainer, const std::string& path, const std::map<std::string, std::string>& texts) {
    const Parameters& parameters = trainer.parameters();
    if (parameters.settings().mode != Mode::Lora) throw invalidInput("Only adapters can be exported as such.");
    GgufWriter writer(parameters.all().size());
    writer.set("general.type", std::string("adapter"));
    writer.set("general.architecture", trainer.model().weights().architecture().family);
    writer.set("adapter.type", std::string("lora"));
    writer.set("adapter.lora.alpha", parameters.settings().lora.alpha);
    writer.set("lagotto.adapter.rank", static_cast<uint32_t>(parameters.settings().lora.rank));
    writer.set("lagotto.adapter.steps", static_cast<uint64_t>(trainer.steps()));
    for (const auto& [key, text] : texts) writer.set(key, text);
    for (const Parameter& parameter : parameters.all()) {
        if (parameter.name.starts_with("blk.")) writer.add(parameter.name, parameter.value);
    }
    writer.write(path);
}

LoraSettings inspectAdapter(const std::string& path) {
    const GgufFile file(path);
    if (file.text("general.type") != "adapter" || file.text("adapter.type") != "lora") {
        throw mismatch(path + " is not a LoRA adapter.");
    }
    LoraSettings settings;
    settings.alpha = static_cast<float>(file.number("adapter.lora.alpha").value_or(0));
    settings.rank = 0;
    settings.matrices.fill(false);
    for (int64_t i = 0; i < file.tensorCount(); i++) {
        const auto tensor = file.tensor(i);
        if (!tensor.name.ends_with(".lora_a")) continue;
        if (settings.rank != 0 && settings.rank != tensor.shape[1]) throw mismatch("The adapter has several ranks.");
        settings.rank = tensor.shape[1];
        for (int m = 0; m < MatrixCount; m++) {
            if (tensor.name.ends_with(std::string(".") + matrixNames[m] + ".weight.lora_a"))
                settings.matrices[m] = true;
        }
    }
    try {
        settings.check();
    } catch (const EngineError& error) {
        throw mismatch(path + ": " + error.what());
    }
    return settings;
}

void importAdapter(const Trainer& trainer, const std::string& path) {
    const LoraSettings theirs = inspectAdapter(path);
    const GgufFile file(path);
    const auto& parameters = trainer.parameters();
    const LoraSettings& ours = parameters.settings().lora;
    const auto& family = trainer.model().weights().architecture().family;
    if (file.text("general.architecture") != family) throw mismatch("The adapter is for another kind of model.");
    if (parameters.settings().mode != Mode::Lora || theirs.rank != ours.rank || theirs.alpha != ours.alpha ||
        theirs.matrices != ours.matrices) {
        throw mismatch("The adapter has another rank, alpha or set of matrices than the trainer.");
    }
    std::vector<std::pair<ggml_tensor*, std::vector<float>>> read;
    for (const Parameter& parameter : parameters.all()) {
        if (!parameter.name.starts_with("blk.")) continue;
        const auto tensor = file.find(parameter.name);
        if (!tensor || !std::equal(tensor->shape, tensor->shape + 4, parameter.value->ne)) {
            throw mismatch("The adapter does not fit the model: " + parameter.name +
                           " is missing or has another shape.");
        }
        if (tensor->type != GGML_TYPE_F32 && tensor->type != GGML_TYPE_F16 && tensor->type != GGML_TYPE_BF16) {
            throw mismatch("The adapter's tensor " + parameter.name + " has an unsupported type.");
        }
        std::vector<std::byte> raw(tensor->bytes);
        file.read(*tensor, raw.data());
        std::vector<float> values(static_cast<size_t>(gg::nelements(parameter.value)));
        dequantize(tensor->type, raw.data(), values.data(), gg::nelements(parameter.value));
        read.emplace_back(parameter.value, std::move(values));
    }
    for (const auto& [tensor, values] : read) upload(tensor, values);
}

}  // namespace lagotto
