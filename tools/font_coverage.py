"""Write which letters each font of the documents has, as app/documents/fonts.py reads it.

    python tools/font_coverage.py            write app/documents/assets/coverage.txt
    python tools/font_coverage.py --check    only compare

A developer runs it after a font was added or changed, in the order in which fonts are asked for a letter.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase.ttfonts import TTFontFile

ASSETS = Path(__file__).resolve().parent.parent / "app/documents/assets"
COVERAGE = ASSETS / "coverage.txt"
HEAD = "# Family, its file, its bold file, and the signs that both have. Written by tools/font_coverage.py.\n"

#: Family -> its file and bold file. What DejaVu has in its regular face alone is printed regular.
FAMILIES = {
    "Sans": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    "SansRegular": ("DejaVuSans.ttf", "DejaVuSans.ttf"),
    **{
        script: (f"NotoSans{script}.ttf", f"NotoSans{script}.ttf")
        for script in (
            "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam",
            "Sinhala", "Thai", "Myanmar", "Khmer", "Ethiopic",
        )
    },
    "EastAsian": ("DroidSansFallback.ttf", "DroidSansFallback.ttf"),
    "Emoji": ("NotoEmoji.ttf", "NotoEmoji.ttf"),
}  # fmt: skip


def main() -> None:
    if "--check" in sys.argv:
        sys.exit(COVERAGE.read_text("utf-8") != coverage())
    COVERAGE.write_text(coverage(), "utf-8")


def coverage() -> str:
    lines = (
        f"{family} {' '.join(files)} {' '.join(stretches(signs_in(*files)))}" for family, files in FAMILIES.items()
    )
    return HEAD + "\n".join(lines) + "\n"


def signs_in(regular: str, bold: str) -> set[int]:
    return set.intersection(*(set(TTFontFile(str(ASSETS / name)).charToGlyph) for name in (regular, bold)))


def stretches(signs: Iterable[int]) -> Iterator[str]:
    """Signs one after the other as "first-last" in hexadecimal digits."""
    for _start, run in groupby(enumerate(sorted(signs)), lambda numbered: numbered[1] - numbered[0]):
        found = [sign for _place, sign in run]
        yield f"{found[0]:x}-{found[-1]:x}" if len(found) > 1 else f"{found[0]:x}"


if __name__ == "__main__":
    main()
