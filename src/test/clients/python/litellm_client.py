"""litellm: python litellm_client.py http://127.0.0.1:8000/v1"""

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm

from asking import (
    ANSWER, BASE_URL, CLOCK, CLOCK_ANSWER, CLOCK_QUESTION, JSON_QUESTION, MODEL, QUESTION, TIME,
    TIRANA, Capital, raises, run, same,
)

litellm.telemetry = False
litellm.suppress_debug_info = True


def ask(messages, provider="openai", model=MODEL, **more):
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    asked = {"messages": messages, "temperature": 0, "num_retries": 0, **more}
    return litellm.completion(f"{provider}/{model}", api_base=BASE_URL, api_key="none", **asked)


def chat():
    for provider in ("openai", "hosted_vllm"):
        answer = ask(QUESTION, provider)
        same(ANSWER, answer.choices[0].message.content)
        same(8, answer.usage.completion_tokens)
    prompt = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    text = litellm.text_completion(
        prompt, f"text-completion-openai/{MODEL}", api_base=BASE_URL, api_key="none",
        temperature=0, max_tokens=32,
    )
    same(ANSWER, text.choices[0].text)


def streams():
    pieces = list(ask(QUESTION, stream=True, stream_options={"include_usage": True}))
    same(ANSWER, "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices))
    same(ANSWER, litellm.stream_chunk_builder(pieces).choices[0].message.content)


def tools():
    messages = [{"role": "user", "content": CLOCK_QUESTION}]
    first = ask(messages, tools=[CLOCK]).choices[0]
    same("tool_calls", first.finish_reason)
    call = first.message.tool_calls[0]
    same('{"city": "Lima"}', call.function.arguments)
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": TIME}]
    same(CLOCK_ANSWER, ask(messages, tools=[CLOCK]).choices[0].message.content)
    streamed = litellm.stream_chunk_builder(list(ask(messages[:1], tools=[CLOCK], stream=True)))
    same(
        call.function.arguments, streamed.choices[0].message.tool_calls[0].function.arguments
    )


def chosen_tools():
    for provider in ("openai", "hosted_vllm"):
        more = {"tools": [CLOCK], "tool_choice": "required"}
        calls = ask(CLOCK_QUESTION, provider, **more).choices[0].message.tool_calls
        same("get_time", calls[0].function.name)


def structure():
    # The provider of vLLM's servers hands every format on.
    for provider in ("openai", "hosted_vllm"):
        answer = ask(JSON_QUESTION, provider, response_format=Capital)
        same(TIRANA, Capital.model_validate_json(answer.choices[0].message.content))


def logprobs():
    content = ask(QUESTION, logprobs=True, top_logprobs=2).choices[0].logprobs.content
    assert all(one.logprob <= 0 and len(one.top_logprobs) == 2 for one in content), content


def errors():
    raises(litellm.BadRequestError, 400, "temperature", lambda: ask(QUESTION, temperature=-1))
    raises(litellm.NotFoundError, 404, "nobody", lambda: ask(QUESTION, model="nobody"))
    raises(
        litellm.BadRequestError, 400, "temperature",
        lambda: ask(QUESTION, "hosted_vllm", temperature=-1),
    )


run(chat, streams, tools, chosen_tools, structure, logprobs, errors)
