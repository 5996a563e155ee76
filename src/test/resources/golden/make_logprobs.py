"""Writes the log-probabilities that transformers gives the tokens of golden answers, prompt and answer, in float32.

    python make_logprobs.py FOLDER GOLDEN.json OUT.json [FILE.gguf]

FOLDER is the model's; GOLDEN.json has `cases` with `prompt_ids` and `greedy`. For each case `prompt` has the
log-probability of every token of the prompt but its first, `answer` those of the answer, and `top` the five likeliest
[id, log-probability] in the place of each token of the answer.
"""
import json, sys
import torch, transformers as T

def main():
    folder, golden, out = sys.argv[1:4]
    more = {"gguf_file": sys.argv[4]} if len(sys.argv) > 4 else {}
    model = T.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **more).eval()
    cases = []
    for case in json.load(open(golden))["cases"]:
        prompt, answer = case["prompt_ids"], case["greedy"]
        with torch.no_grad():
            logits = model(torch.tensor([prompt + answer])).logits[0]
        rows = torch.log_softmax(logits.double(), -1)
        ids = torch.tensor(prompt[1:] + answer)
        own = rows[:-1].gather(1, ids[:, None])[:, 0].tolist()
        top = rows[len(prompt) - 1:-1].topk(5)
        number = lambda x: float(f"{x:.6g}")
        cases.append({"prompt": [number(x) for x in own[:len(prompt) - 1]], "answer": [number(x) for x in own[len(prompt) - 1:]],
                      "top": [[[i, number(x)] for i, x in zip(*t)] for t in zip(top.indices.tolist(), top.values.tolist())]})
    json.dump({"cases": cases}, open(out, "w"), separators=(",", ":"))

if __name__ == "__main__":
    main()
