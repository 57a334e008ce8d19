"""Writing what is stored in one way only, whichever the database: what digests are made of."""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring_ascii

import orjson

Cells = Sequence[object]


def in_json(values: object) -> bytes:
    """As json.dumps(…, separators=(",", ":")), in a tenth of the time: there are millions of records.

    Numbers with a point in them are written otherwise from 10**16 on; none is sealed.
    """
    try:
        written = orjson.dumps(values, write_value, orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:  # half a letter, or a number beyond 64 bits
        return WRITE_ANYTHING(values).encode()
    return in_ascii(written)


def write_value(value: object) -> object:
    """What JSON has no word for; what is damaged may be anything."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return in_utc(value)
    return value.isoformat() if isinstance(value, date) else repr(value)


def in_utc(moment: object) -> object:
    """As SQLite stores it: "2026-11-29 10:35:09.000000"."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return moment


WRITE_ANYTHING = json.JSONEncoder(default=write_value, separators=(",", ":")).encode

#: By what str.encode knows `escape_letters`.
ESCAPED = "json_escaped"


def in_ascii(written: bytes) -> bytes:
    """JSON with the letters that ASCII has not as json.dumps writes them."""
    if not written.isascii():
        written = written.decode("utf-8", "replace").encode("ascii", ESCAPED)
    return written.replace(b"\x7f", b"\\u007f") if b"\x7f" in written else written


def escape_letters(refused: UnicodeError) -> tuple[str, int]:
    assert isinstance(refused, UnicodeEncodeError)
    return encode_basestring_ascii(refused.object[refused.start : refused.end])[1:-1], refused.end


codecs.register_error(ESCAPED, escape_letters)
