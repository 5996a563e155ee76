"""openai for Python: python openai_client.py http://127.0.0.1:8000/v1"""

import asyncio

import openai
from openai.lib.streaming.chat import ContentDoneEvent

from asking import (
    ANSWER, BASE_URL, CLOCK, CLOCK_ANSWER, CLOCK_QUESTION, JSON_QUESTION, LIMA, MODEL, QUESTION,
    TIME, TIRANA, Capital, GetTime, raises, run, same,
)

client = openai.OpenAI(base_url=BASE_URL, api_key="none", max_retries=0)


def said(text, **more):
    return {"model": MODEL, "temperature": 0, "messages": [{"role": "user", "content": text}], **more}


def chat():
    same([MODEL], [model.id for model in client.models.list()])
    completion = client.chat.completions.create(**said(QUESTION))
    same(ANSWER, completion.choices[0].message.content)
    same("stop", completion.choices[0].finish_reason)
    same(completion.usage.prompt_tokens + 8, completion.usage.total_tokens)
    prompt = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    text = client.completions.create(model=MODEL, prompt=prompt, max_tokens=32, temperature=0)
    same(ANSWER, text.choices[0].text)
    extra = client.chat.completions.create(**said(QUESTION), extra_body={"min_tokens": 3, "top_k": 1})
    same(ANSWER, extra.choices[0].message.content)


def streams():
    pieces = list(
        client.chat.completions.create(
            **said(QUESTION, stream=True, stream_options={"include_usage": True})
        )
    )
    same(ANSWER, "".join(p.choices[0].delta.content or "" for p in pieces if p.choices))
    same(8, pieces[-1].usage.completion_tokens)
    assert len(pieces) > 4, pieces
    with client.chat.completions.stream(**said(QUESTION)) as stream:
        done = [event for event in stream if isinstance(event, ContentDoneEvent)]
        same([ANSWER], [event.content for event in done])


async def many():
    async with openai.AsyncOpenAI(base_url=BASE_URL, api_key="none", max_retries=0) as several:
        answers = await asyncio.gather(
            *(several.chat.completions.create(**said(QUESTION)) for _ in range(16))
        )
    same({ANSWER}, {answer.choices[0].message.content for answer in answers})


def tools():
    messages = [{"role": "user", "content": CLOCK_QUESTION}]
    ask = {"model": MODEL, "temperature": 0, "tools": [CLOCK]}
    first = client.chat.completions.create(messages=messages, **ask).choices[0]
    same("tool_calls", first.finish_reason)
    call = first.message.tool_calls[0]
    same(("get_time", '{"city": "Lima"}'), (call.function.name, call.function.arguments))
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": TIME}]
    last = client.chat.completions.create(messages=messages, **ask).choices[0]
    same(CLOCK_ANSWER, last.message.content)
    with client.chat.completions.stream(messages=messages[:1], **ask) as stream:
        streamed = stream.get_final_completion().choices[0]
    same(call.function.arguments, streamed.message.tool_calls[0].function.arguments)
    same("tool_calls", streamed.finish_reason)


def chosen_tools():
    for choice, reason in (
        ("required", "tool_calls"),
        ({"type": "function", "function": {"name": "get_time"}}, "stop"),
    ):
        ask = said(CLOCK_QUESTION, tools=[CLOCK], tool_choice=choice, parallel_tool_calls=False)
        answer = client.chat.completions.create(**ask).choices[0]
        with client.chat.completions.stream(**ask) as stream:
            streamed = stream.get_final_completion().choices[0]
        for one in (answer, streamed):
            same(["get_time"], [call.function.name for call in one.message.tool_calls])
            same(reason, one.finish_reason)
        called = [one.message.tool_calls[0].function.arguments for one in (answer, streamed)]
        same(*called)
    strict = {"type": "function", "function": {**CLOCK["function"], "strict": True}}
    parsed = client.chat.completions.parse(
        **said(CLOCK_QUESTION, tools=[strict], parallel_tool_calls=False)
    )
    calls = parsed.choices[0].message.tool_calls
    same([{"city": "Lima"}], [call.function.parsed_arguments for call in calls])
    none = client.chat.completions.create(**said(CLOCK_QUESTION, tools=[CLOCK], tool_choice="none"))
    same(None, none.choices[0].message.tool_calls)


def parsed_tools():
    clock = openai.pydantic_function_tool(GetTime, name="get_time")
    ask = said(CLOCK_QUESTION, tools=[clock])
    calls = client.chat.completions.parse(**ask).choices[0].message.tool_calls
    same([LIMA], [call.function.parsed_arguments for call in calls])
    with client.chat.completions.stream(**ask) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
    same([LIMA], [event.parsed_arguments for event in done])


def structure():
    parsed = client.chat.completions.parse(**said(JSON_QUESTION, response_format=Capital))
    same(TIRANA, parsed.choices[0].message.parsed)
    with client.chat.completions.stream(**said(JSON_QUESTION, response_format=Capital)) as stream:
        same(TIRANA, stream.get_final_completion().choices[0].message.parsed)
    whatever = client.chat.completions.create(
        **said(JSON_QUESTION, response_format={"type": "json_object"})
    )
    same(TIRANA, Capital.model_validate_json(whatever.choices[0].message.content))
    choice = client.chat.completions.create(
        **said(QUESTION), extra_body={"structured_outputs": {"choice": ["yes", "no"]}}
    )
    assert choice.choices[0].message.content in ("yes", "no"), choice


def logprobs():
    answer = client.chat.completions.create(**said(QUESTION, logprobs=True, top_logprobs=3))
    content = answer.choices[0].logprobs.content
    same(ANSWER + "<|im_end|>", b"".join(bytes(token.bytes) for token in content).decode())
    for token in content:
        same(token.logprob, token.top_logprobs[0].logprob)
        same(3, len(token.top_logprobs))
    echoed = client.completions.create(
        model=MODEL, prompt=QUESTION, max_tokens=1, echo=True, logprobs=2, temperature=0
    ).choices[0].logprobs
    assert "".join(echoed.tokens).startswith(QUESTION), echoed.tokens
    same(None, echoed.token_logprobs[0])
    assert all(value <= 0 for value in echoed.token_logprobs[1:])


def errors():
    create = client.chat.completions.create
    raises(openai.BadRequestError, 400, "temperature", lambda: create(**said(QUESTION) | {"temperature": -1}))
    raises(openai.BadRequestError, 400, "tools", lambda: create(**said(QUESTION, tools=[])))
    raises(openai.BadRequestError, 400, "nonsense", lambda: create(**said(QUESTION), extra_body={"nonsense": 1}))
    raises(openai.NotFoundError, 404, "nobody", lambda: create(**said(QUESTION) | {"model": "nobody"}))
    raises(openai.NotFoundError, 404, "nobody", lambda: client.models.retrieve("nobody"))
    raises(openai.BadRequestError, 400, "context", lambda: create(**said("word " * 10000)))


run(chat, streams, many, tools, parsed_tools, chosen_tools, structure, logprobs, errors)
