"""langchain-openai: python langchain_client.py http://127.0.0.1:8000/v1"""

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI

from asking import (
    ANSWER, BASE_URL, CLOCK_ANSWER, CLOCK_QUESTION, JSON_QUESTION, MODEL, QUESTION, TIME, TIRANA,
    Capital, raises, run, same,
)


def model(**more):
    asked = {"model": MODEL, "base_url": BASE_URL, "api_key": "none", "max_retries": 0, **more}
    return ChatOpenAI(temperature=0, **asked)


@tool
def get_time(city: str) -> str:
    """Get the local time in a city."""
    return TIME


def chat():
    answer = model().invoke(QUESTION)
    same(ANSWER, answer.content)
    same("stop", answer.response_metadata["finish_reason"])
    same(8, answer.usage_metadata["output_tokens"])
    same([ANSWER] * 3, [one.content for one in model().batch([QUESTION] * 3)])
    text = OpenAI(model=MODEL, base_url=BASE_URL, api_key="none", temperature=0, max_tokens=32)
    prompt = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    same(ANSWER, text.invoke(prompt))


def streams():
    pieces = list(model(stream_usage=True).stream(QUESTION))
    same(ANSWER, "".join(piece.content for piece in pieces))
    same(8, sum(piece.usage_metadata["output_tokens"] for piece in pieces if piece.usage_metadata))


def tools():
    clocked = model().bind_tools([get_time])
    question = HumanMessage(CLOCK_QUESTION)
    call = clocked.invoke([question])
    same([("get_time", {"city": "Lima"})], [(c["name"], c["args"]) for c in call.tool_calls])
    result = ToolMessage(get_time.invoke(call.tool_calls[0]).content, tool_call_id=call.tool_calls[0]["id"])
    same(CLOCK_ANSWER, clocked.invoke([question, call, result]).content)
    whole = None
    for piece in clocked.stream([question]):
        whole = piece if whole is None else whole + piece
    same([("get_time", {"city": "Lima"})], [(c["name"], c["args"]) for c in whole.tool_calls])


def chosen_tools():
    for choice in ("required", "get_time"):
        forced = model().bind_tools(
            [get_time], tool_choice=choice, parallel_tool_calls=False, strict=True
        )
        call = forced.invoke(CLOCK_QUESTION)
        same(["get_time"], [one["name"] for one in call.tool_calls])


def structure():
    for method in ("json_schema", "function_calling", "json_mode"):
        capital = model().with_structured_output(Capital, method=method).invoke(JSON_QUESTION)
        assert isinstance(capital, Capital), capital
        if method != "function_calling":
            same(TIRANA, capital)
    *_, last = model().with_structured_output(Capital).stream(JSON_QUESTION)
    same(TIRANA, last)


def logprobs():
    answer = model(logprobs=True, top_logprobs=2).invoke(QUESTION)
    content = answer.response_metadata["logprobs"]["content"]
    same(8, len(content) + (len(content) == 7))
    assert all(one["logprob"] <= 0 and len(one["top_logprobs"]) == 2 for one in content)


def errors():
    raises(openai.BadRequestError, 400, "top_p", lambda: model(top_p=7).invoke(QUESTION))
    raises(openai.NotFoundError, 404, "nobody", lambda: model(model="nobody").invoke(QUESTION))


run(chat, streams, tools, chosen_tools, structure, logprobs, errors)
