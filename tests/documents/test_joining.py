"""Letters are joined as their script does it, and are still read, searched for and copied as they were typed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate

import pytest
import uharfbuzz
from pypdf import PdfReader

from app.documents.fonts import ASSETS, faces, faces_for, printable, runs_from_the_right
from app.documents.joining import JoiningFont, clusters, shape, split_together
from app.documents.printing import printed
from app.documents.render_process import Rendered, RenderProcess
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import address, line, placed_order

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)

#: Words, and how many glyphs a reader of their script sees in them.
WORDS = {
    "क्षत्रिय": ("Devanagari", 4),
    "ক্ষমা": ("Bengali", 3),
    "ਪ੍ਰੀਤ": ("Gurmukhi", 4),
    "ક્ષત્રિય": ("Gujarati", 4),
    "କ୍ଷ": ("Oriya", 1),
    "கொள்கை": ("Tamil", 6),
    "స్త్రీ": ("Telugu", 2),
    "ಸ್ತ್ರೀ": ("Kannada", 3),
    "സ്ത്രീ": ("Malayalam", 5),
    "ශ්‍රී": ("Sinhala", 2),
    "ស្រី": ("Khmer", 3),
    "မြန်မာ": ("Myanmar", 6),
    "ที่น้ำ": ("Thai", 7),
    "ທີ່ນ້ຳ": ("Sans", 7),
    "x\u030c\u0301": ("Sans", 3),
    "👩‍👩‍👧": ("Emoji", 1),
    "👩🏽‍💻": ("Emoji", 1),
    "👍🏽": ("Emoji", 1),
    "🇳🇱": ("Emoji", 1),
    "1\u20e3": ("Emoji", 1),
    "❤\u200d🔥": ("Emoji", 1),
}


@pytest.fixture(scope="module")
def process() -> Iterator[RenderProcess]:
    process = RenderProcess()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def fonts() -> dict[str, JoiningFont]:
    return {face.family: JoiningFont(f"joining_{face.family}", str(ASSETS / face.regular)) for face in faces()}


def page(*texts: str, style: str = "") -> str:
    """A page of paragraphs in the fonts that they need."""
    needed = faces_for(printable("".join(texts)))
    css = "".join(f"@font-face {{ font-family: {face.family}; src: url({face.regular}); }}" for face in needed)
    families = ", ".join(face.family for face in needed)
    rows = "".join(f"<p{' dir=rtl' if runs_from_the_right(text) else ''}>{printable(text)}</p>" for text in texts)
    return f"<style>{css} html {{ font-family: {families}; font-size: 10pt; }} {style}</style>{rows}"


def content_of(rendered: Rendered) -> str:
    return PdfReader(io.BytesIO(rendered.pdf)).pages[0].get_contents().get_data().decode("latin-1")


@pytest.mark.parametrize(("word", "family", "count"), [(word, *facts) for word, facts in WORDS.items()])
def test_a_word_is_drawn_with_the_glyphs_of_its_script(
    word: str, family: str, count: int, fonts: dict[str, JoiningFont]
) -> None:
    glyphs = shape(fonts[family], word)

    assert list(split_together(word)) == [(word, True)]
    assert len(glyphs) == count
    assert 0 not in [glyph.number for glyph in glyphs]
    assert "".join(glyph.text for glyph in glyphs) == word


def test_what_stands_on_paper_is_what_harfbuzz_says(process: RenderProcess) -> None:
    """Each glyph's place in the content of the page, from the start of its word, against HarfBuzz asked directly."""
    rendered = process.render(page(*(f"Mug {word} A4" for word in WORDS)), AT)

    drawn = re.findall(r"/Span <</ActualText <FEFF\w+>>> BDC (.*?) EMC", content_of(rendered), re.DOTALL)
    assert rendered.warnings == []
    for (word, (family, _count)), operators in zip(WORDS.items(), drawn, strict=True):
        places = places_drawn(operators, widths_in(rendered))
        assert places == pytest.approx(places_told(word, family), abs=0.02), word


def places_told(word: str, family: str) -> list[float]:
    """How far from the word's start each glyph stands (thousandths of the size), and the rise of each (points)."""
    (face,) = (face for face in faces() if face.family == family)
    font = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(ASSETS / face.regular)))
    buffer = uharfbuzz.Buffer()
    buffer.add_str(word)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    scale = 1000 / font.face.upem
    starts = accumulate((place.x_advance for place in buffer.glyph_positions), initial=0)
    across = [(start + place.x_offset) * scale for start, place in zip(starts, buffer.glyph_positions, strict=False)]
    return across + [place.y_offset * scale / 100 for place in buffer.glyph_positions]


def places_drawn(operators: str, widths: dict[str, list[float]]) -> list[float]:
    """The same of the operators of a page, whose fonts are wide as told."""
    across, ups, place, up, font = list[float](), list[float](), 0.0, 0.0, ""
    pattern = r"/(\S+) \S+ Tf|(\S+) Ts|\(((?:\\\d{3}|\\.|[^\\)])*)\)|(-?[\d.]+)(?= \(|\]| -?[\d.])"
    for name, rise, code, number in re.findall(pattern, operators, re.DOTALL):
        if name:
            font = name
        elif rise:
            up = float(rise)
        elif code:
            across.append(place)
            ups.append(up)
            place += widths[font or "first"][code_of(code)]
        else:
            place -= float(number)
    return across + ups


def code_of(code: str) -> int:
    return int(code[1:], 8) if re.fullmatch(r"\\\d{3}", code) else ord({"n": "\n", "r": "\r"}.get(code[-1], code[-1]))


def widths_in(rendered: Rendered) -> dict[str, list[float]]:
    """Per font of the page the width of each code; "first" is the one that a page begins with."""
    fonts = PdfReader(io.BytesIO(rendered.pdf)).pages[0]["/Resources"]["/Font"]
    widths = {name[1:]: [float(width) for width in font.get_object()["/Widths"]] for name, font in fonts.items()
              if "/ToUnicode" in font.get_object()}  # fmt: skip
    first = re.search(r"/(F\d\+0) ", content_of(rendered))
    return widths | ({"first": widths[first.group(1)]} if first else {})


def test_what_is_joined_is_read_as_it_was_typed(process: RenderProcess) -> None:
    rendered = process.render(page(*WORDS), AT)

    read = [text.replace(" ", "") for text in lines_of(rendered.pdf)]
    assert read == list(WORDS)
    told = [bytes.fromhex(said).decode("utf-16") for said in re.findall(r"ActualText <(\w+)>", content_of(rendered))]
    assert told == list(WORDS)


def test_a_line_ends_between_two_clusters(fonts: dict[str, JoiningFont], process: RenderProcess) -> None:
    assert clusters(fonts["Devanagari"], "क्षत्रिय") == ["क्ष", "त्रि", "य"]
    assert clusters(fonts["Thai"], "ที่แน่น้ำ") == ["ที่", "แน่", "น้ำ"]

    text = "क्षत्रिय" * 12
    narrow = page(text, style="p { width: 3cm; overflow-wrap: anywhere; }")
    lines = [line.replace(" ", "") for line in lines_of(process.render(narrow, AT).pdf)]

    assert len(lines) > 2
    assert "".join(lines) == text
    assert {line[:3] for line in lines} <= {"क्ष", "त्र", "यक्"}


def test_a_sign_that_scripts_share_takes_no_font_of_another() -> None:
    """A danda, which Devanagari lends to all of them."""
    assert [face.family for face in faces_for("বাংলা।")] == ["Sans", "Bengali"]


def test_arabic_is_joined_whatever_stands_beside_it(process: RenderProcess) -> None:
    """The ligature of Allah is in no font here: it was a box as soon as an emoji stood in the same text."""
    rendered = process.render(page("عبد الله 🎉 हिन्दी", "عبد الله"), AT)

    assert rendered.warnings == []
    (beside, alone) = lines_of(rendered.pdf)
    assert alone in beside
    assert any("\ufe70" <= letter <= "\ufefc" for letter in alone)


def test_an_emoji_in_a_line_from_the_right_is_not_turned_round(process: RenderProcess) -> None:
    text = content_of(process.render(page("محمد 🇳🇱 عبد 👍🏽 الله 👩‍👩‍👧"), AT))

    told = [bytes.fromhex(said).decode("utf-16") for said in re.findall(r"ActualText <(\w+)>", text)]
    assert told == ["👩‍👩‍👧", "👍🏽", "🇳🇱"]


def test_a_space_beside_an_emoji_is_as_wide_as_elsewhere(fonts: dict[str, JoiningFont]) -> None:
    assert fonts["Emoji"].stringWidth("🎉 ", 10) - fonts["Emoji"].stringWidth("🎉", 10) == pytest.approx(3.18)


def test_joined_letters_give_the_same_bytes_whatever_was_printed_before(process: RenderProcess) -> None:
    first = process.render(page("क्षत्रिय"), AT)
    process.render(page("द्वितीय 👍🏽 ที่", "शर्मा"), AT)

    assert process.render(page("क्षत्रिय"), AT) == first


def test_ordinary_text_is_drawn_as_it_was(process: RenderProcess) -> None:
    rendered = process.render(page("Théière « Bleu » 12 €", "山田", "محمد", "Ελλάδα ₺ ฿"), AT)

    assert "/Span" not in content_of(rendered)


@pytest.mark.usefixtures("database")
def test_an_invoice_says_names_and_goods_joined() -> None:
    shop_in_delft()
    lines = [line(word, quantity="1", unit_price="1") for word in WORDS]
    order = placed_order(lines=lines, total=Decimal(len(lines)), billing=address(name="पंकज क्षत्रिय"))

    text = "".join(lines_of(printed(order.invoices[0]).content)).replace(" ", "")

    assert [word for word in WORDS if printable(word) not in text] == []
    assert "पंकजक्षत्रिय" in text
