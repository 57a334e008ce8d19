"""Files as people send them, valid in each format that a field of an upload takes, and spoilt in every way.

A spoilt file begins as a valid one: so it comes past the door, to where it is read.
"""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeAlias

from PIL import Image

from app.exports import as_xlsx
from tests.arrange import pdf
from tests.intake_readers.samples_read import SAMPLES
from tests.statements.written import STRIPE_REPORT, WRITERS, write_camt
from tests.whole import hostile

#: Name and content.
Sent: TypeAlias = tuple[str, bytes]

#: Statements in the layout of real banks, where there are any.
STATEMENTS = Path(os.environ.get("TOONBANK_PAYLOADS") or "nowhere") / "bank"

XML_HEAD = re.compile(rb"<\?xml[^>]*\?>")
DAY = re.compile(rb"\d{4}-\d\d-\d\d|\d\d[-/.]\d\d[-/.]\d{4}|\d{8}|\d{6}")
DAYS = (b"0000-00-00", b"0001-01-01", b"9999-12-31", b"00000000", b"99991231", b"000000", b"991231", b"31-12-9999",
        b"9999-12-31T23:59:59-14:00", b"0001-01-01T00:00:00+14:00")  # fmt: skip
DOCUMENT_TYPES = (
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    "<!DOCTYPE a [<!ENTITY a0 'xxxxxxxxxx'>" + "".join(
        f"<!ENTITY a{at + 1} '{f'&a{at};' * 10}'>" for at in range(8)
    ) + "]>",
)  # fmt: skip


# --- valid ----------------------------------------------------------------------------------------------------------


@cache
def statements() -> Sequence[Sent]:
    sent = [(f"{form}.txt", write()) for form, write in WRITERS.items()]
    sent += [("stripe.csv", STRIPE_REPORT), ("days.zip", pack(("1.xml", write_camt()), ("2.sta", WRITERS["mt940"]())))]
    others = STATEMENTS.iterdir() if STATEMENTS.is_dir() else ()
    return [*sent, *((file.name, file.read_bytes()) for file in sorted(others) if file.suffix != ".md")]


@cache
def orders() -> Sequence[Sent]:
    sent = [(file.name, file.read_bytes()) for file in sorted(SAMPLES.iterdir()) if file.is_file()]
    head, *rows = [line.split(",") for line in (SAMPLES / "orders.csv").read_text("utf-8").splitlines()]
    sheet = as_xlsx(head, rows, title="Orders", time_zone="UTC").read()
    return [*sent, ("orders.xlsx", sheet), ("orders2.xlsx", sheet)]


@cache
def pictures() -> Sequence[Sent]:
    drawn = Image.new("RGBA", (60, 40), (200, 30, 30, 128))
    told = Image.Exif()
    told[0x0112], told[0x010E] = 6, "A mug"  # lies on its side
    told.get_ifd(0x8825)[2] = (52.0, 5.0, 1.0)
    return [
        ("a.png", saved(drawn, "PNG")), ("palette.png", saved(drawn.convert("P"), "PNG")),
        ("deep.png", saved(Image.new("I;16", (9, 9), 40_000), "PNG")),
        ("a.jpg", saved(drawn.convert("RGB"), "JPEG", exif=told)), ("print.jpg", saved(drawn.convert("CMYK"), "JPEG")),
        ("a.webp", saved(drawn, "WEBP", exif=told)),
        ("moves.gif", saved(drawn, "GIF", save_all=True, append_images=[drawn.rotate(at) for at in (30, 60)])),
    ]  # fmt: skip


def saved(drawn: Image.Image, form: str, **how: object) -> bytes:
    into = io.BytesIO()
    drawn.save(into, form, **how)
    return into.getvalue()


@cache
def documents() -> Sequence[Sent]:
    return [("terms.pdf", pdf()), ("more.pdf", pdf(pages=3)), ("locked.pdf", pdf(password="secret"))]


#: Each field by which a file is sent, and valid ones.
VALID: dict[str, Callable[[], Sequence[Sent]]] = {
    "files": statements, "file": orders, "logo": pictures, "pictures": pictures, "terms": documents,
}  # fmt: skip


# --- spoilt ---------------------------------------------------------------------------------------------------------


def spoil_file(random: Random, field: str) -> Sent:
    """One for this field, by its seed."""
    name, content = random.choice(VALID[field]())
    if random.random() < 0.12:
        return name, random.choice(BOMBS)()
    return name, spoil_content(random, content)


def spoil_content(random: Random, content: bytes) -> bytes:
    if content.startswith(b"PK") and random.random() < 0.7:
        return spoil_part(random, content)
    for _time in range(random.choice((1, 1, 2))):
        content = random.choice(BINARY_WAYS if content.startswith(BINARY) else WAYS)(random, content)
    return with_right_sums(content) if content.startswith(b"\x89PNG") else content


def spoil_part(random: Random, content: bytes) -> bytes:
    """One of what an archive holds, which is a sound archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(one, archive.read(one)) for one in archive.namelist()]
    at = random.randrange(len(parts))
    parts[at] = parts[at][0], spoil_content(random, parts[at][1])
    return pack(*parts)


def pack(*parts: Sent) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return held.getvalue()


def cut_off(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content) or 1)]


def flip(random: Random, content: bytes) -> bytes:
    flipped = bytearray(content)
    for _time in range(random.choice((1, 3, 20)) if content else 0):
        flipped[random.randrange(len(flipped))] = random.choice((0, 0x7F, 0xFF, random.randrange(256)))
    return bytes(flipped)


def lengthen_number(random: Random, content: bytes) -> bytes:
    digits = random.choice(("9" * 13, "9" * 40, "9" * 6000, "0" * 6000, "1e999999", "9" * 100_000)).encode()
    return instead_of(random, content, re.compile(rb"\d+"), digits)


def put_nul(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice((b"\x00", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"&#0;")) + content[at:]


def misdate(random: Random, content: bytes) -> bytes:
    return instead_of(random, content, DAY, random.choice(DAYS))


def put_text(random: Random, content: bytes) -> bytes:
    text = hostile.pick_text(random)[:3000].encode("utf-8", "surrogatepass")
    return instead_of(random, content, re.compile(rb"[A-Za-z0-9.,_]{2,}"), text)


def declare_type(random: Random, content: bytes) -> bytes:
    """What XML may be told to hold, or to fetch, in an encoding that a search for its letters does not know."""
    head = XML_HEAD.match(content)
    told, encoding = random.choice(DOCUMENT_TYPES), random.choice(("utf-8", "utf-16", "utf-16-be", "utf-7", "utf-32"))
    body = content[head.end() if head else 0 :].decode("utf-8", "replace")
    return f'<?xml version="1.0" encoding="{encoding}"?>{told}{body}'.encode(encoding)


def nest(random: Random, content: bytes) -> bytes:
    at, deep = random.randrange(len(content) + 1), random.choice((200, 5000, 100_000))
    return content[:at] + random.choice((b"[", b'{"a":', b"<a>", b'"', b"(")) * deep + content[at:]


def repeat_part(random: Random, content: bytes) -> bytes:
    """What begins ever again: whoever looks for its end from each beginning is never done."""
    start = random.randrange(len(content) or 1)
    part = content[start : start + random.choice((1, 2, 5, 12, 40))] or b" "
    return content[:start] + part * (200_000 // len(part)) + content[start:]


def write_otherwise(random: Random, content: bytes) -> bytes:
    return content.decode("latin-1").encode(random.choice(("utf-16", "utf-16-be", "utf-32", "utf-7", "utf-8-sig")))


def join_twice(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + content


WAYS: Sequence[Callable[[Random, bytes], bytes]] = (
    cut_off, flip, flip, lengthen_number, lengthen_number, put_nul, misdate, put_text, declare_type, nest, repeat_part,
    write_otherwise, join_twice,
)  # fmt: skip
#: What is no text is hardly looked into once its order is gone.
BINARY = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"GIF8", b"%PDF", b"PK")
BINARY_WAYS = (flip, flip, flip, flip, cut_off, put_nul, repeat_part, lengthen_number, join_twice)


def instead_of(random: Random, content: bytes, what: re.Pattern[bytes], new: bytes) -> bytes:
    found = [one.span() for one in what.finditer(content)]
    start, end = random.choice(found) if found else (0, 0)
    return content[:start] + new + content[end:]


def with_right_sums(content: bytes) -> bytes:
    """A PNG whose parts have the sums that they should have: else nobody looks further."""
    done, rest = content[:8], content[8:]
    while len(rest) >= 12:
        (length,) = struct.unpack(">I", rest[:4])
        part = rest[4 : 8 + length]
        done += rest[:4] + part + struct.pack(">I", zlib.crc32(part))
        rest = rest[12 + length :]
    return done + rest


# --- bombs: small files of which much would come --------------------------------------------------------------------


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def large_png() -> bytes:
    """Of 65,000 pixels each way."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 65_000, 65_000, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(bytes(100_000))) + png_chunk(b"IEND", b"")


def png_of_words() -> bytes:
    """Of one pixel, with a text of 100 MB beside it."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    words = png_chunk(b"zTXt", b"Comment\x00\x00" + zeros())
    pixel = png_chunk(b"IDAT", zlib.compress(b"\x00" * 4)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + words + pixel


@cache
def zeros() -> bytes:
    packer, many = zlib.compressobj(9), bytes(1_000_000)
    return b"".join(packer.compress(many) for _time in range(100)) + packer.flush()


@cache
def zip_bomb() -> bytes:
    """100 MB in a file that is said to be short."""
    held = pack(("1.xml", bytes(30_000_000)))
    return held.replace(struct.pack("<I", 30_000_000), struct.pack("<I", 300))


@cache
def sheet_bomb() -> bytes:
    """A workbook of entities upon entities, and one part of 40 MB."""
    said = f'<?xml version="1.0"?>{DOCUMENT_TYPES[2]}<workbook>&a8;</workbook>'.encode()
    return pack(("xl/workbook.xml", said), ("[Content_Types].xml", b"<Types/>"), ("xl/a.xml", bytes(40_000_000)))


def zip_in_zip() -> bytes:
    return pack(("1.zip", pack(("2.zip", zip_bomb()))))


def zip_of_many() -> bytes:
    return pack(*((f"{at}.xml", b"") for at in range(3000)))


def xml_bomb() -> bytes:
    return f'<?xml version="1.0"?>{DOCUMENT_TYPES[2]}<Document>&a8;</Document>'.encode()


BOMBS = (large_png, png_of_words, zip_bomb, sheet_bomb, zip_in_zip, zip_of_many, xml_bomb)
