"""Input that nobody would type, for every place that takes any: values, bodies, headers and files.

One *input* is one such value in one place. All is drawn from a `Random`, so that a seed says all of it.
"""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any
from urllib.parse import quote

#: By which all of it is drawn.
SEED = os.environ.get("TOONBANK_HOSTILE_SEED", "1")

#: Texts that trip whoever counts, parses, compares, stores or shows them.
TEXTS: Sequence[str] = (
    "", " ", "\x00", "a\x00b", "\ud800", "a\udfffb", "\ufffe", "\u202egnp.exe", "e\u0301" * 40, "👩‍👩‍👧‍👦",
    "\r\nSet-Cookie: a=b", "\t", "=1+1", "＝1+1", "@SUM(A1)", "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>", "{{7*7}}", "{% raw %}", "${7*7}", "%(number)s", "%s%n", "%", "%zz",
    "{0}", "{number.__class__}", "'; DROP TABLE orders; --", "\\", "\\'", "*", "\"*\"", "(((((", "NEAR(a b)",
    "a AND", "-", "^a", "_", "../../../etc/passwd", "..\\..\\", "/dev/null", "file:///etc/passwd",
    "//evil.example", "https://evil.example/", "javascript:alert(1)", "http://[::1", "http://[",
    "http://a:99999/", "http://" + "a." * 300, "http://\u2100.example", "a@b@c", "a@" + "b" * 300 + ".nl",
    "\u00e9@\u00e9.\u00e9", "a@\u2100.nl", "\"a b\"@x.nl", "a,b@x.nl", "null", "None", "true", "[]", "{}",
    "undefined", "x" * 300, "x" * 5000, "ab " * 20_000, "é" * 60_000,
)  # fmt: skip

NUMBERS: Sequence[str] = (
    "0", "-0", "-1", "1", "٣", "²", "½", "Ⅷ", "−5", "1_000", "0x10", "1e5", "1e400", "-1e400", "1e-400",
    "1e999999999", "NaN", "sNaN", "Infinity", "-inf", "2147483648", "9223372036854775807",
    "9223372036854775808", "-9223372036854775809", "1.", ".5", "1,2,3", "1.000.000,00", "0.1" + "0" * 40 + "1",
    "9" * 13, "9" * 40, "9" * 6000, "-" + "9" * 6000, "0" * 6000, "1." + "0" * 6000, "+1", "１２", "1 000",
    "1'000", "1e+", "--1", "1-1", "99999999999999.99",
)  # fmt: skip

MOMENTS: Sequence[str] = (
    "0001-01-01", "0000-00-00", "9999-12-31", "10000-01-01", "-0001-01-01", "2025-02-30", "2025-13-01",
    "31-12-9999", "1-1-1", "01/01/0001", "0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "2025-01-01T24:00", "25:61", "2025-W54", "9999-12-31T23:59:59.999999999Z",
    "Nowhere/City", "٢٠٢٥-٠١-٠١", "9" * 20, "253402300800", "-62135596801", "2025-01-01 ", "last week",
)  # fmt: skip

ALL: Sequence[str] = (*TEXTS, *NUMBERS, *MOMENTS)

#: What JSON can say besides: as it is written.
JSON_VALUES: Sequence[str] = (
    "null", "true", "false", "[]", "{}", "[null]", "[[]]", '{"": {}}', "0", "-0", "-1", "1e400", "-1e400",
    "1e-400", "NaN", "Infinity", "9" * 40, "9" * 6000, "0." + "9" * 6000, "9223372036854775808", "1.5",
    '"\\ud800"', '"\\u0000"', '"a\\udc00"', '["\\ud800"]', '{"\\ud800": 1}', "[" * 1000 + "]" * 1000,
    "[" + "1," * 3000 + "1]", '{"a": 1, "a": 2}', '[{"id": {}}]', '[{"quantity": "1e999"}]',
)  # fmt: skip

#: Whole bodies that are hardly JSON, or hardly anything.
BODIES: Sequence[bytes] = (
    b"", b"null", b"[]", b"{", b'"a"', b"1", b"NaN", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 100_000,
    b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000, b"9" * 6000, b'{"a": ' + b"9" * 6000 + b"}",
    '{"a": 1}'.encode("utf-16"), b'{"\xff": 1}', b'{"a": "' + b"x" * 300_000 + b'"}', b'{"\\ud800": "\\ud800"}',
    b"a=1&b=2", b"--x\r\n", b"\x1f\x8b\x08\x00", b"<a/>",
)  # fmt: skip

HEADERS: Sequence[str] = (
    "", " ", "*", "x" * 300, "x" * 6000, "\xe9\xff", "\x7f", "null", "-1", "9" * 6000, "a;q=x",
    "nl;q=1e400, " * 50, ",,,", '"', 'W/"', '"' * 50, "bytes=-1", "bytes=0-" + "9" * 50, "bytes=5-1,,",
    "Bearer", "Bearer ", "Bearer \xff", "Basic !!!", "Basic " + "QQ==" * 500, "Digest a=",
    "Thu, 01 Jan 0001 00:00:00 GMT", "Thu, 99 Foo 9999 99:99:99 GMT", "application/json; charset=x-nothing",
    "application/json; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "x" * 300, "text/\xff", "%00", "../..", "=?utf-8?q?=00?=", "http://[",
    "https://evil.example", "session=.eJw; session=x", "language=xx; theme=\xff", "1.1.1.1, x, ::1%25",
    "gzip;q=1e9, br;q=-1",
)  # fmt: skip

#: Those that the libraries below us read; what we read ourselves is found in the source.
LIBRARY_HEADERS: Sequence[str] = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Content-Encoding",
    "Content-Type", "Cookie", "Expect", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
    "If-Unmodified-Since", "Origin", "Range", "Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host",
    "X-Forwarded-Proto", "X-HTTP-Method-Override", "X-Requested-With",
)  # fmt: skip


def pick_text(random: Random) -> str:
    return random.choice(random.choice((TEXTS, NUMBERS, MOMENTS)))


def encode(pairs: Iterable[tuple[str, str]]) -> str:
    """As a form or a query, whatever the texts are; a lone surrogate travels as the bytes that it would have."""
    return "&".join(f"{as_bytes(name)}={as_bytes(value)}" for name, value in pairs)


def as_bytes(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def spoil(
    random: Random, fields: dict[str, list[str]], names: Sequence[str], *, most: int = 0
) -> tuple[list[tuple[str, str]], int]:
    """The fields with at most so many of these names, or all, made hostile, left out or said twice; how many."""
    chosen = random.sample(list(names), min(len(names), random.randint(1, most))) if most else list(names)
    pairs = [(name, value) for name, values in fields.items() for value in values if name not in chosen]
    for name in chosen:
        times = random.choices((0, 1, 2), (1, 12, 2))[0]
        pairs += [(name, pick_text(random)) for _ in range(times)]
    return pairs, len(chosen)


def spoil_json(random: Random, schema: dict[str, Any], known: dict[str, Any]) -> tuple[bytes, int]:
    """An object of this schema as the API describes it, of which a part is hostile; how many parts."""
    spoilt = [0]
    text = written(random, schema, known, spoilt)
    return text.encode("utf-8", "surrogatepass"), max(1, spoilt[0])


def written(random: Random, schema: dict[str, Any], known: dict[str, Any], spoilt: list[int], depth: int = 0) -> str:
    """One value of the schema, as JSON."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if depth and random.random() < 0.3:
        spoilt[0] += 1
        return random.choice(JSON_VALUES) if random.random() < 0.5 else json.dumps(pick_text(random))
    if "properties" in schema and depth < 5:
        parts = [(name, one) for name, one in schema["properties"].items() if random.random() < 0.8]
        return (
            "{"
            + ",".join(f"{json.dumps(name)}:{written(random, one, known, spoilt, depth + 1)}" for name, one in parts)
            + "}"
        )
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return (
            "["
            + ",".join(
                written(random, schema.get("items", {}), known, spoilt, depth + 1) for _ in range(random.randint(0, 2))
            )
            + "]"
        )
    if "enum" in schema:
        return json.dumps(random.choice(schema["enum"]))
    plain: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "object": {}}
    formats = {
        "decimal": "1.00",
        "date": "2026-01-31",
        "date-time": "2026-01-31T12:00:00+00:00",
        "email": "a@example.org",
    }
    return json.dumps(plain.get(str(kind), formats.get(schema.get("format", ""), "Text")))


def make_file(random: Random) -> tuple[bytes, str, str]:
    """Content, name and media type of an upload; they need not agree."""
    name = random.choice(
        (
            "a.csv",
            "a.json",
            "a.xlsx",
            "a.png",
            "a.jpg",
            "a.svg",
            "a",
            "../a.csv",
            "\xe9.csv",
            "a.csv\x00.png",
            "x" * 300 + ".csv",
        )
    )
    kind = random.choice(
        ("text/csv", "application/json", "image/png", "image/jpeg", "application/octet-stream", "", "a/" + "b" * 300)
    )
    return random.choice((make_table, make_picture, make_archive, lambda one: one.choice(BODIES)))(random), name, kind


def make_table(random: Random) -> bytes:
    """A CSV of an export that is known, of which cells are hostile."""
    names = [
        "Order",
        "Date",
        "Total",
        "Name",
        "E-mail",
        "Quantity",
        "Price",
        "SKU",
        "Country",
        "VAT",
        "Shipping",
        "Status",
    ]
    rows = [[f'"{pick_text(random)}"' if random.random() < 0.6 else "1" for _ in names] for _ in range(3)]
    text = "\r\n".join(random.choice(",;\t").join(row) for row in [names, *rows])
    return text.encode(random.choice(("utf-8", "utf-16", "utf-8-sig")), "surrogatepass")


def make_picture(random: Random) -> bytes:
    """What says that it is a picture, of any size, and ends anywhere."""
    wide, high = random.choice((0, 1, 65535, 2**31 - 1)), random.choice((0, 1, 65535, 2**31 - 1))
    png = (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", wide, high, 8, 2, 0, 0, 0, 0)
        + b"\x00\x00\x00\x00IDAT"
    )
    gif = b"GIF89a" + struct.pack("<HH", wide % 65536, high % 65536) + b"\x00\x00\x00,"
    jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\xff\xc0\x00\x11\x08" + struct.pack(">HH", high % 65536, wide % 65536)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="-1"><script>1</script></svg>'
    return random.choice((png, gif, jpeg, svg, b"RIFF\xff\xff\xff\xffWEBPVP8 ", b"\x89PNG"))


def make_archive(random: Random) -> bytes:
    """What says that it is a workbook: of nothing, of what is no XML, or cut off."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")[
            : random.randint(0, 4)
        ]:
            content = random.choice(
                (
                    "",
                    "<a>" * 10_000,
                    "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                    "x" * 100_000,
                    '<worksheet><c r="XFD9999999"/></worksheet>',
                )
            )
            archive.writestr(part, content)
    made = held.getvalue()
    return made[: random.randint(0, len(made))] if random.random() < 0.3 else made
