"""Several PDFs as one by appending the pages of each: what two of them share, as fonts and logos, goes in once.

Only the plain PDFs that our own printing library writes are taken apart here, object by object, without reading what
is in them. Of any other the caller makes do with a library that reads them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

#: How a document ends, and where in it the table of its objects stands.
END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
#: A part of that table: the first object, how many there are; then per object its place, generation and state.
PART = re.compile(rb"(\d+) (\d+)\s*\n")
ENTRY = 20
BEGIN = re.compile(rb"\s*(\d+) 0 obj\b\s*")
#: The dictionary of an object, before what it holds as a stream of bytes.
STREAM = re.compile(rb"\bstream\r?\n")
LENGTH = re.compile(rb"/Length\s+(\d+)(?!\s+\d+\s+R)\b")
#: Texts and comments, which may hold anything, and what refers to another object.
TOKEN = re.compile(rb"\((?:[^\\()]|\\.)*\)|<[0-9A-Fa-f\s]*>|%[^\r\n]*|\b(\d+)\s+(\d+)\s+R\b", re.DOTALL)
KIDS = re.compile(rb"/Kids\s*\[([^\]]*)\]")
IS_PAGE, IS_PAGES = re.compile(rb"/Type\s*/Page\b"), re.compile(rb"/Type\s*/Pages\b")
#: What pages may have from what they stand under; ours say all of it themselves.
INHERITED = re.compile(rb"/(?:Resources|MediaBox|CropBox|Rotate)\b")
ROOT = re.compile(rb"/Root\s+(\d+)\s+0\s+R\b")
#: What belongs to a whole document, and would be lost: a document that has any of it is not appended.
OF_WHOLE = re.compile(rb"/(?:Encrypt|XRefStm|Prev)\b")
OF_CATALOGUE = re.compile(rb"/(?:AcroForm|Names|Dests|AF|StructTreeRoot|OutputIntents|Collection)\b")

VERSION = re.compile(rb"%PDF-(1\.\d)\s")

#: The number of the object that holds the pages, and of one that is being written.
PAGES, UNFINISHED = 2, 0


class Unusual(Exception):
    """A document that is made in another way than ours."""


@dataclass
class PlainPdf:
    """A PDF as its objects: each as its dictionary, or other value, and the bytes of its stream after it."""

    content: bytes
    heads: dict[int, bytes] = field(default_factory=dict)
    streams: dict[int, bytes] = field(default_factory=dict)
    above_pages: list[int] = field(default_factory=list)  # what only holds the pages together

    def __post_init__(self) -> None:
        for number, place, ends in self.places:
            self.take(number, place, ends)

    @cached_property
    def table_at(self) -> int:
        end = END.search(self.content, max(0, len(self.content) - 64))
        if end is None or not self.content.startswith(b"xref", int(end[1])):
            raise Unusual("it has no plain table of its objects")
        return int(end[1])

    @cached_property
    def trailer(self) -> bytes:
        at = self.content.find(b"trailer", self.table_at)
        if at < 0 or OF_WHOLE.search(self.content, at):
            raise Unusual("it is encrypted, or was changed after it was made")
        return self.content[at:]

    @property
    def places(self) -> Iterator[tuple[int, int, int]]:
        """Per object its number, where it begins, and where the next one does at the latest."""
        found = sorted(self.listed, key=lambda one: one[1])
        ends = [place for _number, place in found[1:]] + [self.table_at]
        return ((number, place, end) for (number, place), end in zip(found, ends, strict=True))

    @property
    def listed(self) -> Iterator[tuple[int, int]]:
        at = self.content.index(b"\n", self.table_at) + 1
        before_trailer = len(self.content) - len(self.trailer)
        while part := PART.match(self.content, at, before_trailer):
            at = part.end()
            for number in range(int(part[1]), int(part[1]) + int(part[2])):
                entry = self.content[at : at + ENTRY]
                at += ENTRY
                if entry[17:18] == b"n":
                    yield number, int(entry[:10])

    def take(self, number: int, place: int, ends: int) -> None:
        begin = BEGIN.match(self.content, place)
        if begin is None or int(begin[1]) != number:
            raise Unusual("an object is not where it should be")
        body = self.content[begin.end() : ends].rstrip()
        stream = STREAM.search(body)
        if stream is None or b"/Length" not in body[: stream.start()]:
            if not body.endswith(b"endobj"):
                raise Unusual("an object has no end")
            self.heads[number] = body[:-6].rstrip()
            return
        head = body[: stream.start()]
        length = LENGTH.search(head)
        if length is None or not body[stream.end() + int(length[1]) :].split() == [b"endstream", b"endobj"]:
            raise Unusual("a stream is not as long as it says")
        self.heads[number] = head.rstrip()
        self.streams[number] = body[stream.end() : stream.end() + int(length[1])]

    def head(self, number: int) -> bytes:
        if number not in self.heads:
            raise Unusual("an object is missing")
        return self.heads[number]

    @cached_property
    def pages(self) -> list[int]:
        """In their order."""
        root = ROOT.search(self.trailer)
        if root is None:
            raise Unusual("it has no catalogue")
        catalogue = self.head(int(root[1]))
        top = re.search(rb"/Pages\s+(\d+)\s+0\s+R\b", catalogue)
        if top is None or OF_CATALOGUE.search(catalogue):
            raise Unusual("it is more than pages")
        return list(self.pages_under(int(top[1]), 0))

    def pages_under(self, number: int, depth: int) -> Iterator[int]:
        head = self.head(number)
        if IS_PAGE.search(head):
            yield number
            return
        self.above_pages.append(number)
        kids = KIDS.search(head)
        if kids is None or depth > 20 or not IS_PAGES.search(head) or INHERITED.search(head):
            raise Unusual("its pages have something in common")
        for kid in re.findall(rb"(\d+)\s+0\s+R", kids[1]):
            yield from self.pages_under(int(kid), depth + 1)


class AppendedPdf:
    """The PDF in the making: its objects in their order, of which the first two are the catalogue and the pages."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = [b"", b""]
        self.known: dict[tuple[bytes, bytes], int] = {}
        self.pages: list[int] = []

    def append(self, document: PlainPdf) -> None:
        """Its pages, and what they need. Raises Unusual."""
        pages = document.pages
        numbers = dict.fromkeys(document.above_pages, PAGES)
        for page in pages:  # they are known first: what lies on one may lead to another one
            self.bodies.append(b"")
            numbers[page] = len(self.bodies)
        for page in pages:
            self.bodies[numbers[page] - 1] = self.referred(document, document.head(page), numbers)
            self.pages.append(numbers[page])

    def referred(self, document: PlainPdf, head: bytes, numbers: dict[int, int]) -> bytes:
        """The dictionary with the numbers that its objects have here."""

        def said_here(word: re.Match[bytes]) -> bytes:
            if word[1] is None:
                return word[0]
            if int(word[2]):
                raise Unusual("an object was written over")
            return b"%d 0 R" % self.number_of(document, int(word[1]), numbers)

        if b"(" in head and b"(" in TOKEN.sub(b"", head):
            raise Unusual("a text has brackets in brackets")
        return TOKEN.sub(said_here, head)

    def number_of(self, document: PlainPdf, number: int, numbers: dict[int, int]) -> int:
        """The number here of what a document has under this one; what is there already is not written again."""
        if number not in numbers:
            numbers[number] = UNFINISHED
            head = self.referred(document, document.head(number), numbers)
            same = head, document.streams.get(number, b"")
            if same not in self.known or b"/Annot" in head:  # which belongs to one page
                self.bodies.append(whole_body(head, document.streams.get(number)))
                self.known[same] = len(self.bodies)
            numbers[number] = self.known[same]
        if numbers[number] == UNFINISHED:
            raise Unusual("objects refer to one another in a circle")
        return numbers[number]

    def written(self, version: bytes) -> bytes:
        kids = b" ".join(b"%d 0 R" % page for page in self.pages)
        self.bodies[0] = b"<< /Type /Catalog /Pages %d 0 R >>" % PAGES
        self.bodies[1] = b"<< /Type /Pages /Count %d /Kids [ %s ] >>" % (len(self.pages), kids)
        parts, at, places = [b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n"], 15, list[int]()
        for number, body in enumerate(self.bodies, start=1):
            places.append(at)
            parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
            at += len(parts[-1])
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        size = len(places) + 1
        parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table))
        parts.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, at))
        return b"".join(parts)


def whole_body(head: bytes, stream: bytes | None) -> bytes:
    return head if stream is None else b"%s\nstream\n%s\nendstream" % (head, stream)


def append_pages(documents: Sequence[bytes]) -> bytes:
    """One PDF of the pages of all of them, in this order; the same documents give the same bytes. Raises Unusual."""
    whole, version = AppendedPdf(), b"1.3"
    for content in documents:
        begin = VERSION.match(content)
        if begin is None:
            raise Unusual("it does not begin as a PDF")
        version = max(version, begin[1])
        whole.append(PlainPdf(content))
    return whole.written(version)
