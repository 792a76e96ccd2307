"""Writes a safetensors checkpoint as GGUF with llama.cpp's own Python package and compares a file of ours with it.

usage: gguf_py.py GGUF_PY CHECKPOINT OURS THEIRS TYPE
Prints one JSON object: how many tensors there are, and the names of those that differ in type, shape or any byte.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

gguf_py, checkpoint, ours, theirs, kind = sys.argv[1:]
sys.path.insert(0, gguf_py)
import gguf  # noqa: E402


def tensors(folder):
    for file in sorted(Path(folder).glob("*.safetensors")):
        data = file.read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        for name, entry in json.loads(data[8 : 8 + length]).items():
            if name == "__metadata__":
                continue
            start, end = (8 + length + at for at in entry["data_offsets"])
            raw = data[start:end]
            if entry["dtype"] == "BF16":
                bits = np.frombuffer(raw, np.uint16).astype(np.uint32) << 16
                values = bits.view(np.float32)
            else:
                values = np.frombuffer(raw, {"F32": np.float32, "F16": np.float16}[entry["dtype"]]).astype(np.float32)
            yield name, values.reshape(entry["shape"])


def permuted(weights, heads):
    return (
        weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)
    )


config = json.loads((Path(checkpoint) / "config.json").read_text())
family = config["model_type"]
arch = {"qwen2": gguf.MODEL_ARCH.QWEN2, "qwen3": gguf.MODEL_ARCH.QWEN3, "llama": gguf.MODEL_ARCH.LLAMA}[family]
names = gguf.get_tensor_name_map(arch, config["num_hidden_layers"])
wanted = {"F32": gguf.GGMLQuantizationType.F32, "F16": gguf.GGMLQuantizationType.F16,
          "BF16": gguf.GGMLQuantizationType.BF16, "Q8_0": gguf.GGMLQuantizationType.Q8_0}[kind]

writer = gguf.GGUFWriter(theirs, gguf.MODEL_ARCH_NAMES[arch])
writer.add_block_count(config["num_hidden_layers"])
writer.add_context_length(config["max_position_embeddings"])
writer.add_embedding_length(config["hidden_size"])
writer.add_feed_forward_length(config["intermediate_size"])
writer.add_head_count(config["num_attention_heads"])
writer.add_head_count_kv(config["num_key_value_heads"])
writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
writer.add_rope_freq_base(config["rope_theta"])
if family == "llama":
    writer.add_rope_dimension_count(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])
if family != "qwen2" and config.get("head_dim"):
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])

# Vocabulary and template have no weights: they are taken over from our file, which is thereby read by another reader.
reader = gguf.GGUFReader(ours)
for name, field in reader.fields.items():
    if not name.startswith("tokenizer."):
        continue
    value = field.contents()
    if field.types[0] == gguf.GGUFValueType.ARRAY:
        writer.add_array(name, value)
    else:
        writer.add_key_value(name, value, field.types[0])

for name, values in tensors(checkpoint):
    if family == "llama" and name.endswith("q_proj.weight"):
        values = permuted(values, config["num_attention_heads"])
    if family == "llama" and name.endswith("k_proj.weight"):
        values = permuted(values, config["num_key_value_heads"])
    kept = gguf.GGMLQuantizationType.F32 if values.ndim == 1 else wanted
    new_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
    writer.add_tensor(new_name, gguf.quants.quantize(values, kept), raw_dtype=kept)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

found = {t.name: t for t in reader.tensors}
other = {t.name: t for t in gguf.GGUFReader(theirs).tensors}
different = [
    name
    for name in sorted(found.keys() | other.keys())
    if name not in found
    or name not in other
    or found[name].tensor_type != other[name].tensor_type
    or list(found[name].shape) != list(other[name].shape)
    or found[name].data.tobytes() != other[name].data.tobytes()
]
print(json.dumps({"tensors": len(other), "different": different}))
