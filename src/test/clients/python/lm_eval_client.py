"""lm-eval's log-likelihoods: python lm_eval_client.py http://127.0.0.1:8000/v1 MODEL_FOLDER

A multiple-choice task and one of whole pages (the kind of WikiText's perplexity), made here, go through
lm-eval's own client, which asks for echoed prompts with log-probabilities. The same sums are computed
from prompt_logprobs, and must agree.
"""

import json
import os
import sys
import tempfile

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
os.environ |= {"OPENAI_API_KEY": "none", "HF_HOME": tempfile.mkdtemp()}

import lm_eval
import requests
from lm_eval.tasks import TaskManager

BASE_URL, TOKENIZER = sys.argv[1:3]
MODEL = "quire-demo"
TOLERANCE = 1e-3
WINDOW = 128
PAGES = (
    "x", "Name the months of the year: January, February, March.",
    "The capital of Peru is Lima. " * 40, "One day a bear found a red ball. " * 50,
)
CAPITALS = {
    "Albania": "Tirana", "Algeria": "Algiers", "Austria": "Vienna", "Chile": "Santiago",
    "Cuba": "Havana", "Egypt": "Cairo", "France": "Paris", "Greece": "Athens", "Iraq": "Baghdad",
    "Japan": "Tokyo", "Kenya": "Nairobi", "Peru": "Lima",
}
FORMS = (
    "<|im_start|>user\nName the capital of {}.<|im_end|>\n<|im_start|>assistant\nThe capital of {} is",
    "{}? The capital of {} is",
    "In {} we drove from the border of {} to",
)


def questions():
    """Each form of each question with four capitals to choose from."""
    cities = list(CAPITALS.values())
    for form in FORMS:
        for i, country in enumerate(CAPITALS):
            choices = [f" {cities[(i + 3 * k) % len(cities)]}." for k in range(4)]
            label = i % 4
            choices[0], choices[label] = choices[label], choices[0]
            yield {"text": form.format(country, country), "choices": choices, "label": label}


def log_likelihood(before, chosen):
    """From the prompt's log-probabilities, and whether every token is the likeliest."""
    ask = {"model": MODEL, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 1}
    answer = requests.post(f"{BASE_URL}/completions", json=ask | {"prompt": before + chosen})
    assert answer.ok, answer.text
    rows = answer.json()["choices"][0]["prompt_logprobs"][len(before):]
    found = [row[str(token)] for row, token in zip(rows, chosen, strict=True)]
    return sum(one["logprob"] for one in found), all(one["rank"] == 1 for one in found)


def choice_likelihood(text, choice):
    whole = tokens(text + choice)
    count = len(tokens(text))
    return log_likelihood(whole[:count], whole[count:])


def page_likelihood(page):
    """
    Each token once, in windows, of which lm-eval leaves a token to the answer and one to the front; the
    last one is filled up with what comes before.
    """
    whole, step = tokens(page), WINDOW - 2
    total = 0
    for start in range(0, len(whole), step):
        chosen = whole[start : start + step]
        before = whole[max(0, start + len(chosen) - step - 1) : start] or tokens("<|im_end|>")
        total += log_likelihood(before, chosen)[0]
    return total


def tokens(text):
    address = BASE_URL.removesuffix("/v1") + "/tokenize"
    return requests.post(address, json={"model": MODEL, "prompt": text}).json()["tokens"]


def evaluate(folder):
    with open(f"{folder}/capitals.jsonl", "w") as file:
        file.writelines(json.dumps(question) + "\n" for question in questions())
    with open(f"{folder}/pages.jsonl", "w") as file:
        file.writelines(json.dumps({"page": page}) + "\n" for page in PAGES)
    tasks = {
        "capitals": {
            "output_type": "multiple_choice",
            "doc_to_text": "{{text}}",
            "doc_to_choice": "{{choices}}",
            "doc_to_target": "{{label}}",
            "target_delimiter": "",
        },
        "pages": {
            "output_type": "loglikelihood_rolling",
            "doc_to_text": "",
            "doc_to_target": "{{page}}",
            "metric_list": [{"metric": "word_perplexity"}, {"metric": "bits_per_byte"}],
        },
    }
    for name, task in tasks.items():
        data = {"data_files": {"test": f"{folder}/{name}.jsonl"}}
        task |= {"task": name, "dataset_path": "json", "dataset_kwargs": data, "test_split": "test"}
        with open(f"{folder}/{name}.yaml", "w") as file:
            json.dump(task, file)
    arguments = {
        "model": MODEL, "base_url": f"{BASE_URL}/completions", "tokenizer": TOKENIZER,
        "tokenizer_backend": "huggingface", "num_concurrent": 4, "max_retries": 1,
        "max_length": WINDOW,
    }
    manager = TaskManager(include_path=folder, include_defaults=False)
    return lm_eval.simple_evaluate(
        model="local-completions", model_args=arguments, tasks=list(tasks), task_manager=manager,
        bootstrap_iters=0,
    )


with tempfile.TemporaryDirectory() as place:
    result = evaluate(place)
samples = sorted(result["samples"]["capitals"], key=lambda sample: sample["doc_id"])
right = 0
for question, sample in zip(questions(), samples, strict=True):
    assert question == sample["doc"], sample
    ours = [choice_likelihood(question["text"], choice) for choice in question["choices"]]
    theirs = [(float(one), bool(is_greedy)) for one, is_greedy in sample["filtered_resps"]]
    for mine, other in zip(ours, theirs, strict=True):
        assert abs(mine[0] - other[0]) < TOLERANCE and mine[1] == other[1], (question, ours, theirs)
    right += max(range(4), key=lambda i: ours[i][0]) == question["label"]
accuracy = result["results"]["capitals"]["acc,none"]
assert abs(accuracy - right / len(samples)) < 1e-9, (accuracy, right)
assert len(CAPITALS) / len(samples) <= accuracy < 1, accuracy
for sample in result["samples"]["pages"]:
    mine, other = page_likelihood(sample["doc"]["page"]), float(sample["filtered_resps"][0])
    assert abs(mine - other) < TOLERANCE * len(sample["doc"]["page"]), (other, mine)
print(f"holds: accuracy {accuracy:.3f}, {right} of {len(samples)} right, as lm-eval says")
