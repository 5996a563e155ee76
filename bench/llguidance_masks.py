"""Times llguidance over a file of schemas with instances: prints one JSON line of microseconds.

    python llguidance_masks.py TOKENIZER_FOLDER SCHEMAS.jsonl[.gz] [PASSES]

compile   a schema to a matcher
mask      a mask before each token of an instance, as far as the instance is allowed
"""
import gzip
import json
import sys
import time

import llguidance
import llguidance.numpy
from llguidance import LLMatcher, LLTokenizer
from tokenizers import Tokenizer

folder, path, passes = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
ll = LLTokenizer(folder + "/tokenizer.json")
words = llguidance.numpy.allocate_token_bitmask(1, ll.vocab_size)
opened = gzip.open if path.endswith(".gz") else open
cases = []
with opened(path, "rt", encoding="utf-8") as lines:
    for line in lines:
        case = json.loads(line)
        texts = [json.dumps(test["data"], ensure_ascii=False, separators=(",", ":")) for test in case["tests"]]
        cases.append((json.dumps(case["schema"]), [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]))


def figures(samples):
    samples.sort()
    return {"p50": samples[len(samples) // 2] / 1e3, "p99": samples[int(len(samples) * 0.99)] / 1e3,
            "mean": sum(samples) / len(samples) / 1e3}


for _ in range(passes):
    compiled, compile_times, mask_times = 0, [], []
    for schema, instances in cases:
        start = time.perf_counter_ns()
        matcher = LLMatcher(ll, LLMatcher.grammar_from_json_schema(schema), log_level=0)
        taken = time.perf_counter_ns() - start
        if matcher.is_error():
            continue
        compiled += 1
        compile_times.append(taken)
        for tokens in instances:
            matcher.reset()
            for token in tokens:
                start = time.perf_counter_ns()
                llguidance.numpy.fill_next_token_bitmask(matcher, words, 0)
                mask_times.append(time.perf_counter_ns() - start)
                if not matcher.consume_token(token):
                    break
            if matcher.is_error():
                matcher = LLMatcher(ll, LLMatcher.grammar_from_json_schema(schema), log_level=0)
print(json.dumps({"version": llguidance.__version__ if hasattr(llguidance, "__version__") else "",
                  "compiled": compiled, "compile": figures(compile_times), "mask": figures(mask_times)}))
