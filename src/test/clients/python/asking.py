"""What the clients' programs share: where the server is, what is asked, and how it is told."""

import asyncio
import inspect
import sys
import traceback

from pydantic import BaseModel

BASE_URL = sys.argv[1]
MODEL = "quire-demo"
QUESTION = "Name the capital of Iraq."
ANSWER = "The capital of Iraq is Baghdad."
CLOCK_QUESTION = "What time is it in Lima?"
CLOCK_ANSWER = "It is 06:17 in Lima."
TIME = '{"time": "06:17"}'
JSON_QUESTION = "Give the capital of Albania as JSON."


class Capital(BaseModel):
    """A country and its capital."""

    country: str
    capital: str


class GetTime(BaseModel):
    """Get the local time in a city."""

    city: str


TIRANA = Capital(country="Albania", capital="Tirana")
LIMA = GetTime(city="Lima")
CLOCK = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "Get the local time in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


def same(expected, actual):
    """Ends the program where two things differ."""
    assert expected == actual, f"{expected!r} was expected, and it is {actual!r}"


def run(*parts):
    """Runs the parts that were named, or all, and says how each went; status 1 where one failed."""
    by_name = {part.__name__: part for part in parts}
    failed = 0
    for part in (by_name[name] for name in sys.argv[2:] or by_name):
        try:
            asyncio.run(part()) if inspect.iscoroutinefunction(part) else part()
            print("holds:", part.__name__, flush=True)
        except Exception:
            failed += 1
            traceback.print_exc(limit=-4, file=sys.stdout)
            print("fails:", part.__name__, flush=True)
    sys.exit(1 if failed else 0)


def raises(kind, code, words, call):
    """The client's own exception comes, with the server's status and sentence."""
    try:
        call()
    except kind as error:
        same(code, getattr(error, "status_code", code))
        assert words in str(error), f"{words!r} is not in {error}"
        return
    raise AssertionError(f"no {kind.__name__} came")
