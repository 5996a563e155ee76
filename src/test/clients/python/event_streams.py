"""Tells schemathesis what the specification says of streams: what the data of every event is.

As in OpenAI's specification the schema of a text/event-stream is that of its events' data, where
schemathesis takes it for that of the event around it. What comes is written to the
file EVENTS, a line an event: the route or "error", a space, and the data.
"""

import json
import os

import jsonschema_rs
import schemathesis

EVENTS = {}


def validator(schema, document):
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


@schemathesis.hook
def before_load_schema(context, raw_schema):
    EVENTS["error"] = validator({"$ref": "#/components/schemas/ErrorResponse"}, raw_schema)
    for path, methods in raw_schema["paths"].items():
        for method in methods.values():
            for response in method.get("responses", {}).values():
                stream = response.get("content", {}).get("text/event-stream")
                if stream:
                    EVENTS[path] = validator(stream["schema"], raw_schema)
                    stream["schema"] = {"type": "object"}


@schemathesis.check
def every_event_is_as_specified(context, response, case):
    if not response.headers.get("content-type", [""])[0].startswith("text/event-stream"):
        return
    events = [line for line in response.content.decode().split("\n\n") if line]
    ended_well = events[-1:] == ["data: [DONE]"]
    for event in events[:-1] if ended_well else events:
        assert event.startswith("data: "), event
        data = json.loads(event.removeprefix("data: "))
        kind = "error" if "error" in data else case.operation.path
        EVENTS[kind].validate(data)
        with open(os.environ["EVENTS"], "a", encoding="utf-8") as file:
            print(kind, json.dumps(data), file=file)
        ended_well |= kind == "error"
    assert ended_well, f"a stream ends with {events[-1:]}"
