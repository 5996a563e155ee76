"""instructor: python instructor_client.py http://127.0.0.1:8000/v1"""

from collections.abc import Iterable

import instructor
import openai
from instructor.core import InstructorRetryException

from asking import (
    ANSWER, BASE_URL, CLOCK_QUESTION, JSON_QUESTION, LIMA, MODEL, QUESTION, TIRANA, Capital,
    GetTime, raises, run, same,
)


# The tool is called as the class is.
class get_time(GetTime):
    """Get the local time in a city."""


def client(mode=instructor.Mode.JSON_SCHEMA):
    asked = openai.OpenAI(base_url=BASE_URL, api_key="none", max_retries=0)
    return instructor.from_openai(asked, mode=mode)


def ask(mode, text=JSON_QUESTION, kind=Capital, **more):
    asked = {"model": MODEL, "temperature": 0, "max_retries": 0, "max_tokens": 200, **more}
    return client(mode).chat.completions.create(
        messages=[{"role": "user", "content": text}], response_model=kind, **asked
    )


def chat():
    answer = ask(instructor.Mode.JSON_SCHEMA, QUESTION, kind=None)
    same(ANSWER, answer.choices[0].message.content)


def chosen_tools():
    """The class is a tool, and the model must call it: the demo model fills it as well as it can."""
    for mode in (instructor.Mode.TOOLS, instructor.Mode.TOOLS_STRICT):
        assert isinstance(ask(mode), Capital), mode


def tools():
    """Each call that the model makes is an object of its class."""
    calls = ask(
        instructor.Mode.PARALLEL_TOOLS, CLOCK_QUESTION, kind=Iterable[get_time], tool_choice="auto"
    )
    same([LIMA.city], [call.city for call in calls])


def structure():
    for mode in (instructor.Mode.JSON_SCHEMA, instructor.Mode.JSON):
        # What comes back is of a class that instructor made of ours.
        same(TIRANA.model_dump(), ask(mode).model_dump())


def streams():
    partial = client(instructor.Mode.JSON_SCHEMA).chat.completions.create_partial(
        model=MODEL, temperature=0, response_model=Capital,
        messages=[{"role": "user", "content": JSON_QUESTION}],
    )
    *before, last = partial
    same((TIRANA.country, TIRANA.capital), (last.country, last.capital))
    assert len(before) > 2, before


def errors():
    kinds = (InstructorRetryException, openai.BadRequestError)
    raises(kinds[0], 400, "temperature", lambda: ask(instructor.Mode.JSON_SCHEMA, temperature=-1))
    raises(kinds[0], 404, "nobody", lambda: ask(instructor.Mode.TOOLS, QUESTION, model="nobody"))


run(chat, streams, tools, chosen_tools, structure, errors)
