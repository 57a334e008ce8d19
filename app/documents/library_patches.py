"""What the printing library is taught so that it joins letters, each beside the function of its own that it replaces.

It offers no way to say where a word is broken, which font it is drawn in, or what draws it. Each function here takes
the library's and answers one that does the same for all text that isn't joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.textobject import PDFTextObject
from reportlab.platypus.paraparser import ParaFrag
from xhtml2pdf import bidi, context, reportlab_paragraph

from app.documents.joining import FROM_THE_RIGHT, TOGETHER, JoiningFont, clusters, draw_joined, split_together

#: Of the pieces of a word and the width of a line, words that fit in one.
ChunkWord = Callable[[list[tuple[ParaFrag, str]], float], list[object]]

ARABIC = re.compile(f"[{FROM_THE_RIGHT}\u200c\u200d][{FROM_THE_RIGHT}\u200c\u200d ]*")


def join_letters() -> None:
    """Have the printing library join letters, from now on."""
    context.TTFont = JoiningFont
    context.shape_frag_text = joining_arabic_by_itself(context.shape_frag_text)
    context.split_by_coverage = finding_fonts_together(context.split_by_coverage)
    reportlab_paragraph._chunkWord = breaking_between_clusters(reportlab_paragraph._chunkWord)
    bidi.display_order = reportlab_paragraph.display_order = keeping_together(bidi.display_order)
    PDFTextObject._formatText = drawing_joined(PDFTextObject._formatText)


def drawing_joined(draw: Callable[[PDFTextObject, str], str]) -> Callable[[PDFTextObject, str | bytes], str]:
    """The library's `_formatText`, the operators that draw a text, for text that is joined as well."""

    def format_text(line: PDFTextObject, text: str | bytes) -> str:
        font = getFont(line._fontname)
        if isinstance(text, bytes):
            text = text.decode()
        if text.isascii() or not isinstance(font, JoiningFont) or not TOGETHER.search(text):
            return draw(line, text)
        return " ".join(
            draw_joined(line, font, part) if joined else draw(line, part) for part, joined in split_together(text)
        )

    return format_text


class Clusters(str):
    """A text that is gone through not by its letters, but by what may stand at the end of a line."""

    font: object

    def __iter__(self) -> Iterator[str]:
        for part, is_joined in split_together(str(self)):
            yield from clusters(self.font, part) if is_joined and isinstance(self.font, JoiningFont) else part


def breaking_between_clusters(chunk: ChunkWord) -> ChunkWord:
    """The library's `_chunkWord`, which breaks a word that is wider than its line."""

    def chunk_word(pieces: list[tuple[ParaFrag, str]], width: float) -> list[object]:
        return chunk([(frag, in_clusters(frag, text)) for frag, text in pieces], width)

    return chunk_word


def in_clusters(frag: ParaFrag, text: str | bytes) -> str:
    marked = Clusters(text.decode() if isinstance(text, bytes) else text)
    marked.font = getFont(frag.fontName) if marked else None
    return marked


def finding_fonts_together(split: Callable[..., list[tuple[str, str]]]) -> Callable[..., list[tuple[str, str]]]:
    """The library's `split_by_coverage`, which finds the font of each letter: one font for what is drawn as one."""

    def split_by_coverage(text: str, fonts: Sequence[str]) -> list[tuple[str, str]]:
        if text.isascii() or len(fonts) < 2 or not TOGETHER.search(text):
            return split(text, fonts)
        runs: list[tuple[str, str]] = []
        for part, is_joined in split_together(text):
            font = font_for(part, fonts) if is_joined else None
            runs += [(part, font)] if font else split(part, fonts)
        same = groupby(runs, key=lambda run: run[1])
        return [("".join(run for run, _name in parts), name) for name, parts in same]

    return split_by_coverage


def font_for(text: str, fonts: Sequence[str]) -> str | None:
    """The first font that has all letters of the text; those that draw nothing by themselves don't count."""
    letters = {ord(letter) for letter in text} - {0x200C, 0x200D}
    for name in fonts:
        known = getattr(getattr(getFont(name), "face", None), "charToGlyph", {})
        if letters <= known.keys():
            return name
    return None


def joining_arabic_by_itself(join: Callable[..., str | None]) -> Callable[..., str | None]:
    """The library's `shape_frag_text`, whose ligatures are boxes where the font lacks another letter."""

    def shape_frag_text(text: str, font: str | None = None) -> str | None:
        return None if text.isascii() else ARABIC.sub(lambda found: join(found.group(), font) or found.group(), text)

    return shape_frag_text


def keeping_together(
    order_of: Callable[..., tuple[list[int], list[int]]],
) -> Callable[..., tuple[list[int], list[int]]]:
    """The library's `display_order`: in a line from the right an emoji of several signs is still read from the left."""

    def display_order(text: str, base: str | None = "L") -> tuple[list[int], list[int]]:
        order, levels = order_of(text, base)
        for match in () if text.isascii() else TOGETHER.finditer(text):
            start, end = match.span()
            place = order.index(end - 1)
            if order[place : place + end - start] == list(range(end - 1, start - 1, -1)):
                order[place : place + end - start] = range(start, end)
        return order, levels

    return display_order
