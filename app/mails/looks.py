"""How the shop's mails look, and who they say that it is: its logo, its colour, and the data that the law wants."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from PIL import Image

from app.documents.wording import spoken, words_in
from app.extensions import db
from app.models import INK, Shop, StoredFile

#: The name by which a mail's HTML finds the logo that goes along.
LOGO = "logo@toonbank"
#: Pixels that it takes at most.
WIDEST, HIGHEST = 240, 72


@dataclass(frozen=True)
class MailLook:
    """As it is when a mail goes; a shop's language says its words where there are none in that of the mail."""

    name: str = ""
    language: str = "en"
    accent: str = INK
    address: str = ""
    vat_id: str = ""
    registration: str = ""
    email: str = ""
    logo: bytes = field(default=b"", repr=False)  # a PNG
    logo_size: tuple[int, int] = (0, 0)

    def foot(self, language: str) -> list[str]:
        """The lines below a mail: name and address, numbers, and where to write to; none while there is but a name."""
        if not (self.address or self.vat_id or self.registration):
            return []
        words = words_in(spoken(language, self.language))
        who = ", ".join(part for part in (self.name, self.address) if part)
        vat_id = f"{words['vat_id']} {self.vat_id}" if self.vat_id else ""
        is_number = self.registration.replace(" ", "").isdigit()
        registration = f"{words['registration']} {self.registration}" if is_number else self.registration
        numbers = " · ".join(part for part in (vat_id, registration) if part)
        return [line for line in (who, numbers, self.email) if line]


NO_LOOK = MailLook()


def look_of(shop: Shop) -> MailLook:
    file = db.session.get(StoredFile, shop.logo_id) if shop.logo_id else None
    return MailLook(
        name=shop.name,
        language=shop.language,
        accent=shop.accent,
        address=street_and_town(shop),
        vat_id=shop.vat_id,
        registration=shop.registration,
        email=shop.email,
        logo=file.content if file else b"",
        logo_size=size_of(file.content) if file else (0, 0),
    )


def street_and_town(shop: Shop) -> str:
    return ", ".join(part for part in (shop.street, town_of(shop)) if part)


def town_of(shop: Shop) -> str:
    return " ".join(part for part in (shop.postcode, shop.city) if part)


def size_of(picture: bytes) -> tuple[int, int]:
    """In pixels, within its room; it is never made larger than it is."""
    with Image.open(io.BytesIO(picture), formats=("PNG",)) as opened:
        scale = min(WIDEST / opened.width, HIGHEST / opened.height, 1)
        return max(1, round(opened.width * scale)), max(1, round(opened.height * scale))
