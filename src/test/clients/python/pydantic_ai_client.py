"""pydantic-ai: python pydantic_ai_client.py http://127.0.0.1:8000/v1"""

import asyncio

from pydantic_ai import Agent, ModelHTTPError, NativeOutput, ToolOutput
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from asking import (
    ANSWER, BASE_URL, CLOCK_ANSWER, CLOCK_QUESTION, JSON_QUESTION, MODEL, QUESTION, TIRANA,
    Capital, raises, run, same,
)

SETTINGS = {"temperature": 0, "max_tokens": 200}


def model(name=MODEL):
    return OpenAIChatModel(name, provider=OpenAIProvider(base_url=BASE_URL, api_key="none"))


def chat():
    result = Agent(model(), model_settings=SETTINGS).run_sync(QUESTION)
    same(ANSWER, result.output)
    same(8, result.usage.output_tokens)


async def streams():
    async with Agent(model(), model_settings=SETTINGS).run_stream(QUESTION) as result:
        pieces = [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
    same(ANSWER, "".join(pieces))
    assert len(pieces) > 3, pieces


def tools():
    agent = Agent(model(), model_settings=SETTINGS)
    asked = []

    @agent.tool_plain
    def get_time(city: str) -> dict[str, str]:
        """Get the local time in a city."""
        asked.append(city)
        return {"time": "06:17"}

    same(CLOCK_ANSWER, agent.run_sync(CLOCK_QUESTION).output)
    same(["Lima"], asked)


def structure():
    native = Agent(model(), output_type=NativeOutput(Capital), model_settings=SETTINGS)
    same(TIRANA, native.run_sync(JSON_QUESTION).output)


def chosen_tools():
    """The class is a tool, and the model must call it: the demo model fills it as well as it can."""
    called = Agent(model(), output_type=ToolOutput(Capital), model_settings=SETTINGS)
    assert isinstance(called.run_sync(JSON_QUESTION).output, Capital)


def errors():
    wrong = Agent(model(), model_settings={"temperature": -1})
    raises(ModelHTTPError, 400, "temperature", lambda: wrong.run_sync(QUESTION))
    nobody = Agent(model("nobody"))
    raises(ModelHTTPError, 404, "nobody", lambda: nobody.run_sync(QUESTION))


run(chat, streams, tools, chosen_tools, structure, errors)
