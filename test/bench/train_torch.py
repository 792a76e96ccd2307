"""The network of train.ts in PyTorch, F32, for comparison. Argument: the setting as JSON; prints the figures as JSON."""

import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F

setting = json.loads(sys.argv[1])
TOKENS, ROWS, THREADS = setting["tokens"], setting["rows"], setting["threads"]
LAYERS, WIDTH, HEADS, GROUPS, SIZE, INNER, VOCABULARY, RANK = 24, 896, 14, 2, 64, 4864, 151936, 8

torch.manual_seed(0)
torch.set_num_threads(THREADS)


class Adapted(torch.nn.Module):
    """A frozen matrix with a LoRA adapter."""

    def __init__(self, inputs, outputs, bias=False):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(outputs, inputs) * 0.02, requires_grad=False)
        self.bias = torch.nn.Parameter(torch.zeros(outputs), requires_grad=False) if bias else None
        self.a = torch.nn.Parameter(torch.randn(RANK, inputs) * 0.02)
        self.b = torch.nn.Parameter(torch.zeros(outputs, RANK))

    def forward(self, x):
        return F.linear(x, self.weight, self.bias) + F.linear(F.linear(x, self.a), self.b) * 2.0


def norm(x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


angles = torch.outer(torch.arange(TOKENS).float(), 1e6 ** (-torch.arange(0, SIZE, 2).float() / SIZE)).repeat(1, 2)
COSINES, SINES = angles.cos(), angles.sin()
MASK = torch.full((TOKENS, TOKENS), -math.inf).triu(1)


def rotate(x):
    low, high = x[..., : SIZE // 2], x[..., SIZE // 2 :]
    return x * COSINES + torch.cat([-high, low], -1) * SINES


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.q = Adapted(WIDTH, HEADS * SIZE, True)
        self.k = Adapted(WIDTH, GROUPS * SIZE, True)
        self.v = Adapted(WIDTH, GROUPS * SIZE, True)
        self.o = Adapted(HEADS * SIZE, WIDTH)
        self.gate, self.up, self.down = Adapted(WIDTH, INNER), Adapted(WIDTH, INNER), Adapted(INNER, WIDTH)

    def forward(self, x):
        h = norm(x)
        split = lambda y, heads: y.view(TOKENS, heads, SIZE).transpose(0, 1)
        q, k, v = rotate(split(self.q(h), HEADS)), rotate(split(self.k(h), GROUPS)), split(self.v(h), GROUPS)
        k, v = k.repeat_interleave(HEADS // GROUPS, 0), v.repeat_interleave(HEADS // GROUPS, 0)
        weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(SIZE) + MASK, -1)
        x = x + self.o((weights @ v).transpose(0, 1).reshape(TOKENS, HEADS * SIZE))
        h = norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


embeddings = torch.randn(VOCABULARY, WIDTH) * 0.02
layers = torch.nn.ModuleList([Layer() for _ in range(LAYERS)])
tokens = torch.randint(0, VOCABULARY, (TOKENS,))
labels = torch.randint(0, VOCABULARY, (ROWS,))
optimizer = torch.optim.AdamW([p for p in layers.parameters() if p.requires_grad], 1e-4)


def loss():
    x = embeddings[tokens]
    for layer in layers:
        x = layer(x)
    return F.cross_entropy(F.linear(norm(x[-ROWS:]), embeddings), labels)


def step():
    loss().backward()
    optimizer.step()
    optimizer.zero_grad()


def timed(work):
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - cpu


with torch.no_grad():
    forward, _ = min(timed(loss) for _ in range(2))
seconds, cpu = min(timed(step) for _ in range(2))
figures = {
    "engine": "torch",
    "forwardTokensPerSecond": TOKENS / forward,
    "stepTokensPerSecond": TOKENS / seconds,
    "stepSeconds": seconds,
    "stepCpuSeconds": cpu,
    "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "shareOfPeak": None,
}
print(json.dumps({**setting, **figures}))
