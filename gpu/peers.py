"""The same shapes by PyTorch on the same card, for machines that have it: python3 peers.py FILE [PART...]

Rows are appended to FILE in the kit's form. Nothing of Quire needs this.
"""

import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

OUT = sys.argv[1]
TENSOR_TERAFLOPS = 790
HIDDEN, INTERMEDIATE, VOCABULARY, LAYERS = 3584, 18944, 152064, 28
HEADS, KV_HEADS, HEAD = 28, 4, 128
SHAPES = {
    "qkv 4608x3584": (4608, 3584),
    "o 3584x3584": (3584, 3584),
    "gate-up 37888x3584": (37888, 3584),
    "down 3584x18944": (3584, 18944),
    "lm head 152064x3584": (152064, 3584),
}


def figure(name, value, unit, note=""):
    text = f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"
    print(f"{'peers':10} {name:52} {text:>12} {unit:8} {note}".rstrip(), flush=True)
    row = {"stage": "peers", "name": name, "value": text, "unit": unit, "note": note, "verdict": ""}
    with open(OUT, "a") as out:
        out.write(json.dumps(row) + "\n")


def median_millis(work, runs=5):
    work()
    torch.cuda.synchronize()
    times = []
    for _ in range(runs):
        before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        before.record()
        work()
        after.record()
        after.synchronize()
        times.append(before.elapsed_time(after))
    return statistics.median(times)


def graphed(work):
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(2):
            work()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def random(*shape):
    return torch.empty(*shape, dtype=torch.bfloat16, device="cuda").uniform_(-0.03, 0.03)


def linears():
    for name, (outputs, inputs) in SHAPES.items():
        size = 2 * outputs * inputs
        copies = max(2, int(400e6 / size) + 1)
        weights = [random(outputs, inputs) for _ in range(copies)]
        for rows in (1, 8, 64, 256, 2048, 8192):
            if rows > 256 and outputs == VOCABULARY:
                continue
            x = random(rows, inputs)
            count = max(copies, 40) if rows <= 64 else max(4, min(40, int(2e12 / (rows * size))))

            def work():
                for i in range(count):
                    F.linear(x, weights[i % copies])

            millis = median_millis(graphed(work) if rows <= 64 else work) / count
            if rows <= 64:
                figure(f"linear, {name}, {rows} rows", size / millis / 1e6, "GB/s", f"{millis * 1e3:.1f} µs")
            else:
                teraflops = rows * size / millis / 1e9
                note = f"{100 * teraflops / TENSOR_TERAFLOPS:.1f}% of {TENSOR_TERAFLOPS}, {millis * 1e3:.0f} µs"
                figure(f"linear, {name}, {rows} rows", teraflops, "TFLOP/s", note)
        del weights


def attention():
    for sequences, length in ((1, 1024), (1, 8192), (8, 1024), (64, 1024), (256, 1024)):
        size = sequences * length * KV_HEADS * HEAD * 4
        copies = max(1, min(64, int(300e6 / size)))
        caches = [(random(sequences, KV_HEADS, length, HEAD), random(sequences, KV_HEADS, length, HEAD)) for _ in range(copies)]
        q = random(sequences, HEADS, 1, HEAD)
        count = max(20, copies)

        def work():
            for i in range(count):
                k, v = caches[i % copies]
                F.scaled_dot_product_attention(q, k, v, enable_gqa=True)

        millis = median_millis(graphed(work)) / count
        figure(f"attention, contiguous cache, {sequences} x {length}", size / millis / 1e6, "GB/s", f"{millis * 1e3:.1f} µs")
        del caches
    for length in (1024, 8192):
        q, k = random(1, HEADS, length, HEAD), random(1, KV_HEADS, length, HEAD)
        millis = median_millis(lambda: F.scaled_dot_product_attention(q, k, k, is_causal=True, enable_gqa=True))
        teraflops = 2 * HEADS * length * length * HEAD / millis / 1e9
        figure(f"attention, causal prefill of {length}", teraflops, "TFLOP/s", f"{millis * 1e3:.0f} µs")


def step():
    """A decode step's linears and attention, 28 layers and the head, as one graph."""
    layers = [[random(*SHAPES[name]) for name in list(SHAPES)[:4]] for _ in range(LAYERS)]
    head = random(VOCABULARY, HIDDEN)
    for sequences in (1, 8, 64):
        length = 1024
        caches = [random(2, sequences, KV_HEADS, length, HEAD) for _ in range(LAYERS)]
        first = random(sequences, HIDDEN)

        def work():
            x = first
            for (qkv, o, gate_up, down), (k, v) in zip(layers, caches):
                q = F.linear(x, qkv)[:, : HEADS * HEAD].view(sequences, HEADS, 1, HEAD)
                a = F.scaled_dot_product_attention(q, k, v, enable_gqa=True).view(sequences, HIDDEN)
                x = x + F.linear(a, o)
                gate, up = F.linear(x, gate_up).chunk(2, dim=1)
                x = x + F.linear(F.silu(gate) * up, down)
            F.linear(x, head)

        millis = median_millis(graphed(work))
        figure(f"step, {sequences} sequences of {length}", millis, "ms", f"{sequences / millis * 1e3:.0f} tokens/s")
        del caches


def generate():
    """transformers' own loop over the same architecture with random weights."""
    try:
        from transformers import Qwen2Config, Qwen2ForCausalLM
    except ImportError:
        return
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        config = Qwen2Config(
            hidden_size=HIDDEN, intermediate_size=INTERMEDIATE, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
            num_key_value_heads=KV_HEADS, vocab_size=VOCABULARY, max_position_embeddings=16384)
        model = Qwen2ForCausalLM(config).eval()
    with torch.inference_mode():
        for sequences, length in ((1, 1024), (64, 1024)):
            ids = torch.randint(0, 150000, (sequences, length), device="cuda")
            marks = []
            for new in (1, 25):
                torch.cuda.synchronize()
                begun = time.time()
                model.generate(ids, min_new_tokens=new, max_new_tokens=new, do_sample=False, pad_token_id=0)
                torch.cuda.synchronize()
                marks.append(time.time() - begun)
            rate = sequences * 24 / (marks[1] - marks[0])
            figure(f"transformers generate, {sequences} x {length}", rate, "tokens/s", "eager, from 1 to 25 tokens")
        for length in (1024, 8192):
            ids = torch.randint(0, 150000, (1, length), device="cuda")
            millis = median_millis(lambda: model(ids, logits_to_keep=1), 3)
            figure(f"transformers prefill, 1 x {length}", length / millis * 1e3, "tokens/s", "")


if __name__ == "__main__":
    wanted = sys.argv[2:]
    for part in (linears, attention, step, generate):
        if wanted and part.__name__ not in wanted:
            continue
        try:
            part()
        except Exception as e:  # a peer that fails is a row, not the end of the others
            figure(f"{part.__name__} failed: {e}"[:160], 0, "")
        torch.cuda.empty_cache()
