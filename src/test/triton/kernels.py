"""Kernels for the emulator of CUDA cards that nobody wrote with it in mind: Triton makes the PTX.

usage: kernels.py FOLDER: writes sm_80/NAME.ptx and sm_90/NAME.ptx, and beside each NAME.json, which says how
it is launched. No card and no other package is needed. TritonTest runs them and says what they must compute.
"""
import json
import os
import re
import sys

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource


@triton.jit
def softmax(x, y, columns, stride, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    inside = at < columns
    row = tl.program_id(0) * stride
    values = tl.load(x + row + at, mask=inside, other=-float("inf")).to(tl.float32)
    weights = tl.exp(values - tl.max(values, 0))
    tl.store(y + row + at, weights / tl.sum(weights, 0), mask=inside)


@triton.jit
def layer_norm(x, weight, bias, y, columns, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0) * columns
    sums = tl.zeros([BLOCK], tl.float32)
    for first in range(0, columns, BLOCK):
        at = first + tl.arange(0, BLOCK)
        sums += tl.load(x + row + at, mask=at < columns, other=0.0).to(tl.float32)
    mean = tl.sum(sums, 0) / columns
    squares = tl.zeros([BLOCK], tl.float32)
    for first in range(0, columns, BLOCK):
        at = first + tl.arange(0, BLOCK)
        values = tl.load(x + row + at, mask=at < columns, other=0.0).to(tl.float32)
        distances = tl.where(at < columns, values - mean, 0.0)
        squares += distances * distances
    scale = 1 / tl.sqrt(tl.sum(squares, 0) / columns + eps)
    for first in range(0, columns, BLOCK):
        at = first + tl.arange(0, BLOCK)
        inside = at < columns
        values = tl.load(x + row + at, mask=inside, other=0.0).to(tl.float32)
        scaled = (values - mean) * scale * tl.load(weight + at, mask=inside, other=0.0)
        tl.store(y + row + at, scaled + tl.load(bias + at, mask=inside, other=0.0), mask=inside)


@triton.jit
def sort(x, sums, sorted, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    values = tl.load(x + at)
    tl.store(sums + at, tl.cumsum(values, 0))
    tl.store(sorted + at, tl.sort(values))


@triton.jit
def histogram(x, counts, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    values = tl.load(x + at, mask=at < n, other=0)
    tl.atomic_add(counts + values, 1, mask=at < n)


@triton.jit
def flash_attention(q, k, v, out, tokens, scale_log2, CAUSAL: tl.constexpr, D: tl.constexpr, ROWS: tl.constexpr,
                    KEYS: tl.constexpr):
    head = tl.program_id(1) * tokens * D
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    columns = tl.arange(0, D)
    queries = tl.load(q + head + rows[:, None] * D + columns[None, :])
    total = tl.zeros((ROWS, D), tl.float32)
    most = tl.full((ROWS,), -float("inf"), tl.float32)
    sums = tl.zeros((ROWS,), tl.float32)
    end = (tl.program_id(0) + 1) * ROWS if CAUSAL else tokens
    for first in range(0, end, KEYS):
        at = first + tl.arange(0, KEYS)
        keys = tl.load(k + head + at[:, None] * D + columns[None, :])
        scores = tl.dot(queries, keys.T) * scale_log2
        if CAUSAL:
            scores = tl.where(rows[:, None] >= at[None, :], scores, -float("inf"))
        now = tl.maximum(most, tl.max(scores, 1))
        weights = tl.exp2(scores - now[:, None])
        keep = tl.exp2(most - now)
        sums = sums * keep + tl.sum(weights, 1)
        values = tl.load(v + head + at[:, None] * D + columns[None, :])
        total = tl.dot(weights.to(tl.bfloat16), values, total * keep[:, None])
        most = now
    tl.store(out + head + rows[:, None] * D + columns[None, :], (total / sums[:, None]).to(tl.bfloat16))


@triton.jit
def dot(a, b, c, M, N, K, ROWS: tl.constexpr, COLUMNS: tl.constexpr, STEP: tl.constexpr, SUM: tl.constexpr):
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    columns = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    sums = tl.zeros((ROWS, COLUMNS), dtype=SUM)
    for first in range(0, K, STEP):
        at = first + tl.arange(0, STEP)
        left = tl.load(a + rows[:, None] * K + at[None, :])
        right = tl.load(b + columns[None, :] * K + at[:, None])
        sums = tl.dot(left, right, sums)
    tl.store(c + rows[:, None] * N + columns[None, :], sums)


@triton.jit
def described_dot(a, b, c, M, N, K, ROWS: tl.constexpr, COLUMNS: tl.constexpr, STEP: tl.constexpr,
                  SPECIALISED: tl.constexpr):
    left = tl.make_tensor_descriptor(a, [M, K], [K, 1], [ROWS, STEP])
    right = tl.make_tensor_descriptor(b, [N, K], [K, 1], [COLUMNS, STEP])
    result = tl.make_tensor_descriptor(c, [M, N], [N, 1], [ROWS, COLUMNS])
    row = tl.program_id(0) * ROWS
    column = tl.program_id(1) * COLUMNS
    sums = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    for at in tl.range(0, K, STEP, warp_specialize=SPECIALISED):
        sums = tl.dot(left.load([row, at]), right.load([column, at]).T, sums)
    result.store([row, column], sums.to(tl.bfloat16))


@triton.jit
def host_described_dot(left, right, c, M, N, K, ROWS: tl.constexpr, COLUMNS: tl.constexpr, STEP: tl.constexpr):
    row = tl.program_id(0) * ROWS
    column = tl.program_id(1) * COLUMNS
    sums = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    for at in range(0, K, STEP):
        sums = tl.dot(left.load([row, at]), right.load([column, at]).T, sums)
    rows = row + tl.arange(0, ROWS)
    columns = column + tl.arange(0, COLUMNS)
    tl.store(c + rows[:, None] * N + columns[None, :], sums)


def pointers(type, names):
    return {name: "*" + type for name in names.split()}


def numbers(names):
    return {name: "i32" for name in names.split()}


class Compiler:
    """Compiles for one architecture into one folder."""

    def __init__(self, folder, arch):
        self.arch = arch
        self.folder = os.path.join(folder, f"sm_{arch}")
        os.makedirs(self.folder, exist_ok=True)

    def compile(self, name, kernel, parameters, constants, aligned):
        """aligned: the parameters that are multiples of 16."""
        order = kernel.arg_names
        signature = {p: "constexpr" if p in constants else parameters[p] for p in order}
        attributes = {(order.index(p),): [["tt.divisibility", 16]] for p in aligned.split()}
        source = ASTSource(fn=kernel, signature=signature, constexprs=constants, attrs=attributes)
        made = triton.compile(source, target=GPUTarget("cuda", self.arch, 32), options=dict(num_warps=4, num_stages=3))
        ptx = made.asm["ptx"]
        launch = dict(
            kernel=made.metadata.name,
            sharedBytes=made.metadata.shared,
            threads=int(re.search(r"\.reqntid (\d+)", ptx).group(1)),
            scratchBytes=made.metadata.global_scratch_size,  # of each block
        )
        with open(os.path.join(self.folder, name + ".ptx"), "w") as file:
            file.write(ptx)
        with open(os.path.join(self.folder, name + ".json"), "w") as file:
            json.dump(launch, file)

    def compile_dot(self, name, type, out, constants):
        self.compile(name, dot, pointers(type, "a b") | pointers(out, "c") | numbers("M N K"), constants, "a b c N K")

    def compile_all(self):
        self.compile("softmax", softmax, pointers("bf16", "x y") | numbers("columns stride"), dict(BLOCK=1024),
                     "x y stride")
        self.compile("layer_norm", layer_norm,
                     pointers("bf16", "x y") | pointers("fp32", "weight bias") | numbers("columns") | dict(eps="fp32"),
                     dict(BLOCK=256), "x weight bias y columns")
        self.compile("sort", sort, pointers("i32", "x sums sorted"), dict(BLOCK=512), "x sums sorted")
        self.compile("histogram", histogram, pointers("i32", "x counts") | numbers("n"), dict(BLOCK=512), "x counts")
        for name, causal in ("flash_attention", False), ("causal_flash_attention", True):
            self.compile(name, flash_attention,
                         pointers("bf16", "q k v out") | numbers("tokens") | dict(scale_log2="fp32"),
                         dict(CAUSAL=causal, D=64, ROWS=64, KEYS=32), "q k v out tokens")
        floats = dict(ROWS=64, COLUMNS=64, STEP=32, SUM=tl.float32)
        self.compile_dot("dot_f16", "fp16", "fp32", dict(floats, COLUMNS=128))
        self.compile_dot("dot_bf16", "bf16", "fp32", floats)
        self.compile_dot("dot_tf32", "fp32", "fp32", floats)
        self.compile_dot("dot_s8", "i8", "i32", dict(ROWS=64, COLUMNS=64, STEP=64, SUM=tl.int32))
        if self.arch >= 90:
            self.compile_hopper()

    def compile_hopper(self):
        floats = dict(ROWS=64, COLUMNS=64, STEP=64)
        self.compile_dot("dot_e4m3", "fp8e4nv", "fp32", dict(floats, SUM=tl.float32))
        self.compile_dot("dot_e5m2", "fp8e5", "fp32", dict(floats, SUM=tl.float32))
        for name, specialised in ("described_dot", False), ("specialised_dot", True):
            self.compile(name, described_dot, pointers("bf16", "a b c") | numbers("M N K"),
                         dict(floats, SPECIALISED=specialised), "a b c N K")
        tile = "tensordesc<bf16[64, 64]>"
        self.compile("host_described_dot", host_described_dot,
                     dict(left=tile, right=tile) | pointers("fp32", "c") | numbers("M N K"), floats, "c N K")


if __name__ == "__main__":
    for arch in 80, 90:
        Compiler(sys.argv[1], arch).compile_all()
