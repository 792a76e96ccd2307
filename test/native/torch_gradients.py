"""The decoder of torch.ts in PyTorch, double precision. Argument: a case; prints the relative error of its gradients."""

import json
import sys

import torch
import torch.nn.functional as F

case = json.load(open(sys.argv[1]))
shape = case["architecture"]
WIDTH, HEADS, GROUPS, SIZE = shape["embedding"], shape["heads"], shape["keyValueHeads"], shape["headSize"]
values = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in case["weights"].items()}


def matrix(name, columns):
    return values[name].view(-1, columns)


def norm(x, name):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + shape["normEpsilon"]) * values[name]


def linear(x, name):
    weight = f"{name}.weight"
    y = x @ matrix(weight, x.shape[-1]).T
    if f"{name}.bias" in values:
        y = y + values[f"{name}.bias"]
    if f"{weight}.lora_a" in values:
        a = matrix(f"{weight}.lora_a", x.shape[-1])
        y = y + case["scale"] * x @ a.T @ matrix(f"{weight}.lora_b", a.shape[0]).T
    return y


def rotate(x):
    tokens = x.shape[1]
    frequencies = shape["ropeBase"] ** (-torch.arange(0, SIZE, 2, dtype=torch.float64) / SIZE)
    angles = torch.outer(torch.arange(tokens, dtype=torch.float64), frequencies)
    cosines, sines = angles.cos(), angles.sin()
    if shape["family"] == "llama":
        low, high = x[..., 0::2], x[..., 1::2]
        return torch.stack([low * cosines - high * sines, low * sines + high * cosines], -1).flatten(-2)
    low, high = x[..., : SIZE // 2], x[..., SIZE // 2 :]
    return torch.cat([low * cosines - high * sines, low * sines + high * cosines], -1)


def heads(x, count, name):
    x = x.view(-1, count, SIZE)
    if name in values:
        x = norm(x, name)
    return rotate(x.transpose(0, 1))


def logits(tokens):
    embeddings = matrix("token_embd.weight", WIDTH)
    x = embeddings[tokens]
    mask = torch.full((len(tokens), len(tokens)), float("-inf"), dtype=torch.float64).triu(1)
    for i in range(shape["layers"]):
        at = f"blk.{i}."
        h = norm(x, at + "attn_norm.weight")
        q = heads(linear(h, at + "attn_q"), HEADS, at + "attn_q_norm.weight")
        k = heads(linear(h, at + "attn_k"), GROUPS, at + "attn_k_norm.weight")
        v = linear(h, at + "attn_v").view(-1, GROUPS, SIZE).transpose(0, 1)
        k, v = k.repeat_interleave(HEADS // GROUPS, 0), v.repeat_interleave(HEADS // GROUPS, 0)
        weights = torch.softmax(q @ k.transpose(1, 2) / SIZE**0.5 + mask, -1)
        x = x + linear((weights @ v).transpose(0, 1).reshape(len(tokens), HEADS * SIZE), at + "attn_output")
        h = norm(x, at + "ffn_norm.weight")
        x = x + linear(F.silu(linear(h, at + "ffn_gate")) * linear(h, at + "ffn_up"), at + "ffn_down")
    return norm(x, "output_norm.weight") @ embeddings.T


loss = 0
for sequence in case["sequences"]:
    tokens = torch.tensor(sequence["tokens"])
    rows = torch.tensor(sequence["rows"])
    each = F.cross_entropy(logits(tokens)[rows], tokens[rows + 1], reduction="none")
    loss = loss + (each * torch.tensor(sequence["weights"], dtype=torch.float64)).sum()
loss.backward()

difference = total = 0.0
for name, gradient in case["gradients"].items():
    expected = values[name].grad
    difference += (torch.tensor(gradient, dtype=torch.float64) - expected).pow(2).sum().item()
    total += expected.pow(2).sum().item()
print((difference / total) ** 0.5)
