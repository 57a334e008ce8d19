"""Joining letters as their script does it: what is written as one sign from several letters is drawn as one.

Indian and South-East Asian scripts, letters with accents of their own and emoji of several signs are shaped by
HarfBuzz; all other text is drawn by the printing library as it is. Like `rendering`, it is loaded by the program that
prints, without the shop's: it knows only the standard library, reportlab and HarfBuzz.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple
from weakref import WeakKeyDictionary

import uharfbuzz
from reportlab.lib.rl_accel import fp_str
from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.textobject import PDFTextObject

#: Devanagari to Sinhala, Thai (but not the sign of the baht), Lao, Tibetan, Burmese, Khmer, and their extensions.
SCRIPTS = (
    "\u0900-\u0dff\u0e01-\u0e3e\u0e40-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff"
    "\u1cd0-\u1cff\ua8e0-\ua8ff\ua9e0-\ua9ff\uaa60-\uaa7f"
)
ACCENTS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff"
FROM_THE_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
PICTURE, TONE, FLAG = (
    "[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]",
    "[\U0001f3fb-\U0001f3ff]",
    "[\U0001f1e6-\U0001f1ff]",
)

#: Letters that are drawn together: words of these scripts, a letter and its accents, an emoji of several signs.
TOGETHER = re.compile(
    f"[{SCRIPTS}][{SCRIPTS}{ACCENTS}\u200c\u200d\u25cc]*"
    f"|[^\\s{FROM_THE_RIGHT}{ACCENTS}][{ACCENTS}]+"
    f"|{FLAG}{FLAG}|[0-9#*]\u20e3|\U0001f3f4[\U000e0020-\U000e007f]+"
    f"|{PICTURE}{TONE}?(?:\u200d{PICTURE}{TONE}?)+|{PICTURE}{TONE}"
)
#: Vowels that are written before the consonant that they follow: no line ends behind them.
BEFORE_THEIRS = frozenset("เแโใไເແໂໃໄ")
#: A space beside an emoji is that of text, though the emoji's font has one as wide as they are.
WIDEST_SPACE, USUAL_SPACE = 500, 318
#: Where Unicode has no letters, so that a font's glyphs can stand there for the length of a document.
FIRST_SIGN = 0xF0000


class Glyph(NamedTuple):
    """What is drawn: its number in the font, where it stands and how far it moves on (thousandths of the size)."""

    number: int
    text: str  # the letters that it is drawn for; "" beside another one for the same
    width: float
    advance: float
    right: float
    up: float


class JoiningFont(TTFont):
    """A font whose letters are joined where their script asks for it."""

    def __init__(self, name: str, file: object) -> None:
        super().__init__(name, file)
        if self.face.charWidths.get(ord(" "), 0) > WIDEST_SPACE:
            self.face.charWidths[ord(" ")] = USUAL_SPACE
        self.signs: WeakKeyDictionary[object, dict[tuple[int, str], int]] = WeakKeyDictionary()

    def stringWidth(self, text: str | bytes, size: float, encoding: str = "utf8") -> float:  # noqa: N802
        if isinstance(text, bytes):
            text = text.decode(encoding)
        if text.isascii() or not TOGETHER.search(text):
            return float(super().stringWidth(text, size, encoding))
        widths = (
            sum(glyph.advance for glyph in shape(self, part)) * size / 1000
            if is_joined
            else super(JoiningFont, self).stringWidth(part, size, encoding)
            for part, is_joined in split_together(text)
        )
        return float(sum(widths))

    def sign_of(self, glyph: Glyph, document: object) -> str:
        """The sign that stands for the glyph in this document; the same glyph has one for each text."""
        signs = self.signs.setdefault(document, {})
        sign = signs.setdefault((glyph.number, glyph.text), FIRST_SIGN + len(signs))
        self.face.charToGlyph[sign] = glyph.number
        self.face.charWidths[sign] = glyph.width
        return chr(sign)

    def addObjects(self, document: PDFDocument) -> None:  # noqa: N802
        """Into the document go the glyphs that it draws, and what a reader copies when it copies them."""
        signs = self.signs.pop(document, {})
        for (number, _text), sign in signs.items():
            self.face.charToGlyph[sign] = number
        subsets = list(self.state[document].subsets) if signs else []
        names = [self.getSubsetInternalName(number, document).lstrip("/") for number in range(len(subsets))]
        super().addObjects(document)
        texts = {sign: text for (_number, text), sign in signs.items()}
        for name, subset in zip(names, subsets, strict=True):
            font = document.idToObject["BasicFonts"].dict[name]
            document.idToObject[font.ToUnicode.name].content = cmap_of([texts.get(one, chr(one)) for one in subset])
        for sign in texts:
            del self.face.charToGlyph[sign], self.face.charWidths[sign]

    @cached_property
    def shaper(self) -> uharfbuzz.Font:
        """Made when the first text needs it: most documents do without."""
        return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob(self.face._ttf_data)))


def split_together(text: str) -> Iterator[tuple[str, bool]]:
    """The text in parts, each with whether it is drawn as one."""
    place = 0
    for match in TOGETHER.finditer(text):
        if match.start() > place:
            yield text[place : match.start()], False
        yield match.group(), True
        place = match.end()
    if place < len(text):
        yield text[place:], False


@lru_cache(maxsize=5_000)
def shape(font: JoiningFont, text: str) -> tuple[Glyph, ...]:
    """The glyphs of a text that is drawn as one, from left to right."""
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "ltr"
    uharfbuzz.shape(font.shaper, buffer)
    starts = [info.cluster for info in buffer.glyph_infos]
    ends = dict(pairwise([*sorted(set(starts)), len(text)]))
    scale, drawn, glyphs = 1000 / font.shaper.face.upem, set[int](), []
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        said = "" if info.cluster in drawn else text[info.cluster : ends[info.cluster]]
        drawn.add(info.cluster)
        width = font.shaper.get_glyph_h_advance(info.codepoint) * scale
        moved = (place.x_advance * scale, place.x_offset * scale, place.y_offset * scale)
        glyphs.append(Glyph(info.codepoint, said, width, *moved))
    return tuple(glyphs)


def clusters(font: JoiningFont, text: str) -> list[str]:
    """The parts of a text that is drawn as one, of which each can stand on a line without its neighbours."""
    found: list[str] = []
    for glyph in shape(font, text):
        if glyph.text and found and found[-1][-1] in BEFORE_THEIRS:
            found[-1] += glyph.text
        elif glyph.text:
            found.append(glyph.text)
    return found


# --- drawing --------------------------------------------------------------------------------------------------------


def draw_joined(line: PDFTextObject, font: JoiningFont, text: str) -> str:
    """Operators that draw the text as one, and say what it is."""
    document, size = line._canvas._doc, line._fontsize
    said, rise, shown = text.encode("utf-16-be").hex().upper(), 0.0, list[str]()
    operators = [f"/Span <</ActualText <FEFF{said}>>> BDC"]

    def show() -> None:
        if shown:
            operators.append(f"[{' '.join(shown)}] TJ")
            shown.clear()

    for glyph in shape(font, text):
        ((subset, code),) = font.splitString(font.sign_of(glyph, document), document)
        if subset != line._curSubset:
            show()
            name = font.getSubsetInternalName(subset, document)
            operators.append(f"{name} {fp_str(size)} Tf {fp_str(line._leading)} TL")
            line._curSubset = subset
        if glyph.up != rise:
            show()
            rise = glyph.up
            operators.append(f"{fp_str(line._rise + size * rise / 1000)} Ts")
        shown.append(f"{fp_str(-glyph.right)} ({line._canvas._escape(code)}) {fp_str(behind(glyph))}")
    show()
    return " ".join([*operators, *([f"{fp_str(line._rise)} Ts"] if rise else []), "EMC"])


def behind(glyph: Glyph) -> float:
    """How far back from where the glyph's own width leads."""
    return glyph.width - glyph.advance + glyph.right


def cmap_of(texts: Sequence[str]) -> str:
    """What each code of a font is read as (PDF 32000, 9.10.3); nothing for a code beside the one that says it."""
    codes = [f"<{code:02X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in enumerate(texts)]
    blocks = [codes[start : start + 100] for start in range(0, len(codes), 100)]
    mapped = (f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            f"1 begincodespacerange <00> <{len(texts) - 1:02X}> endcodespacerange",
            *mapped,
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    )
