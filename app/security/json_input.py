"""JSON as others send it: whatever is none, or none that can be read, is refused alike."""

from __future__ import annotations

import json

from flask.json.provider import DefaultJSONProvider

from app.columns import storable


def read_json(text: str | bytes) -> object:
    """Raises ValueError, also for what is nested without an end, and for numbers of thousands of digits.

    Characters that no database keeps are replaced: JSON can say NUL and half a surrogate pair.
    """
    try:
        return storable_parts(json.loads(text))
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None


def storable_parts(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [storable_parts(one) for one in value]
    if isinstance(value, dict):
        return {storable(name): storable_parts(one) for name, one in value.items()}
    return value


class JsonProvider(DefaultJSONProvider):
    """By which Flask reads the bodies of requests."""

    def loads(self, s: str | bytes, **kwargs: object) -> object:
        return read_json(s)
