"""instructor: python instructor_client.py http://127.0.0.1:8000/v1"""

import instructor
import openai
from instructor.core import InstructorRetryException

from asking import BASE_URL, JSON_QUESTION, MODEL, QUESTION, TIRANA, Capital, raises, run, same


def client(mode):
    asked = openai.OpenAI(base_url=BASE_URL, api_key="none", max_retries=0)
    return instructor.from_openai(asked, mode=mode)


def ask(mode, text=JSON_QUESTION, **more):
    asked = {"model": MODEL, "temperature": 0, "max_retries": 0, "max_tokens": 200, **more}
    return client(mode).chat.completions.create(
        messages=[{"role": "user", "content": text}], response_model=Capital, **asked
    )


def structure():
    same(TIRANA, ask(instructor.Mode.JSON_SCHEMA))
    for mode in (instructor.Mode.TOOLS, instructor.Mode.TOOLS_STRICT, instructor.Mode.JSON):
        assert isinstance(ask(mode), Capital), mode


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


run(structure, streams, errors)
