#pragma once

#include <map>
#include <string>

#include "training/trainer.h"

namespace lagotto {

/// Writes the adapter in llama.cpp's format, with the given texts (lagotto.* keys) in its metadata.
/// @throws EngineError INVALID_INPUT (nothing but adapters), DISK_FULL
void exportAdapter(const Trainer& trainer, const std::string& path, const std::map<std::string, std::string>& texts);

/// What an adapter file says about itself: its settings, to make a trainer that fits.
/// @throws EngineError MODEL_* , ADAPTER_MISMATCH when it is no LoRA adapter of this engine's families
LoraSettings inspectAdapter(const std::string& path);

/// Replaces the trainer's adapter by that of a file of the same rank and matrices.
/// @throws EngineError MODEL_*, ADAPTER_MISMATCH
void importAdapter(const Trainer& trainer, const std::string& path);

/// Writes a whole model: the weights, and on top of them the trainer's adapter if there is one.
/// @param type      of the matrices; rows that do not fit its blocks become F16
/// @param metadata  a GGUF file whose tokenizer and texts are copied; "" takes the file that the model was read from
void exportModel(Model& model, const Parameters* parameters, ggml_type type, const std::string& path,
                 const std::string& metadata);

/// Writes everything that a trainer needs to go on exactly where it is.
void saveState(const Trainer& trainer, const std::string& path);
/// @throws EngineError MODEL_*, ADAPTER_MISMATCH when the state is of a trainer with other settings; then nothing has
/// changed
void restoreState(Trainer& trainer, const std::string& path);

}  // namespace lagotto
