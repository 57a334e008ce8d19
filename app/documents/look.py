"""How a document looks: colour, paper, logo, columns, and the shop's own texts on it, as they were when it was made.

What is issued keeps the look of that moment in its snapshot, as far as it isn't the usual one. A document that says
nothing of it is from before, or of a shop that changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from app.documents.einvoice_facts import Says
from app.models import COLUMNS_TO_CHOOSE, INK, LogoPlace, LogoSize, Paper, Shop, SkuPlace

#: Height of a sheet in points, and what page.css calls it.
SHEETS = {Paper.A4: (841.9, "a4", "21cm"), Paper.LETTER: (792.0, "letter", "21.59cm")}

#: Width and height that a logo has at most, in points.
ROOMS = {LogoSize.SMALL: (110, 32), LogoSize.MEDIUM: (170, 48), LogoSize.LARGE: (198, 76)}

#: As the guidelines for accessible pages (WCAG 2, AA) want it of text on white.
CONTRAST_NEEDED = 4.5


@dataclass(frozen=True)
class Look:
    """Each with what is usual."""

    accent: str = INK
    paper: str = Paper.A4
    logo_size: str = LogoSize.MEDIUM
    logo_place: str = LogoPlace.LEFT
    sku_on_invoices: str = SkuPlace.BELOW
    invoice_columns: Sequence[str] = COLUMNS_TO_CHOOSE
    footers: Mapping[str, str] = field(default_factory=dict)  # by language, but for the shop's own
    page_foot: str = ""
    page_feet: Mapping[str, str] = field(default_factory=dict)

    def has(self, column: str) -> bool:
        return column in self.invoice_columns

    @property
    def has_logo_on_the_right(self) -> bool:
        return self.logo_place == LogoPlace.RIGHT

    @property
    def height(self) -> float:
        return SHEETS[Paper(self.paper)][0]

    @property
    def page_size(self) -> str:
        return f"{SHEETS[Paper(self.paper)][1]} portrait"

    @property
    def page_width(self) -> str:
        return SHEETS[Paper(self.paper)][2]

    @property
    def logo_room(self) -> tuple[int, int]:
        return ROOMS[LogoSize(self.logo_size)]

    def below(self, own: str, language: str) -> list[str]:
        """What stands below an invoice; `own` in the language of the shop, for readers of one without a text."""
        return (self.footers.get(language) or own).splitlines()

    def foot(self, language: str) -> list[str]:
        """What stands at the foot of each page; empty: what is usual there."""
        return (self.page_feet.get(language) or self.page_foot).splitlines()


USUAL_LOOK = Look()


def look_of(shop: Shop) -> Says:
    """What of its look is not the usual one, as a document keeps it."""
    now = {one.name: getattr(shop, one.name) for one in fields(Look)}
    now["invoice_columns"] = tuple(now["invoice_columns"])
    return {name: plainly(value) for name, value in now.items() if value != getattr(USUAL_LOOK, name)}


def plainly(value: object) -> object:
    """As JSON keeps it."""
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, dict) else str(value)


def read_look(kept: Says | None) -> Look:
    """The look that a document was made with."""
    return Look(**(kept or {}))


# --- colours --------------------------------------------------------------------------------------------------------


def contrast_with_white(colour: str) -> float:
    """Of a colour such as "#b8860b", from 1 to 21."""
    return 1.05 / (luminance(parts_of_colour(colour)) + 0.05)


def parts_of_colour(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def luminance(parts: tuple[int, int, int]) -> float:
    shares = [part / 255 for part in parts]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable_colour(colour: str) -> str:
    """The same colour, darker by as little as it takes to be read on white."""
    for share in range(100, -1, -1):
        red, green, blue = (part * share // 100 for part in parts_of_colour(colour))
        if contrast_with_white(darker := f"#{red:02x}{green:02x}{blue:02x}") >= CONTRAST_NEEDED:
            return darker
    return INK
