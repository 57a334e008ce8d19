"""What is printed of several parcels together, for whoever is at the screen, and kept nowhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, send_file
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.columns import now
from app.documents.pick_list_page import draw_pick_list
from app.documents.wording import spoken
from app.extensions import ShownText
from app.models import Shipment
from app.queries import shop
from app.queries.packing import pick_list

#: So many rows at once: as many as are printed while the person waits.
ROWS_PRINTED = 100


@dataclass(frozen=True)
class Printout:
    """Offered for the ticked rows of each list that names it; `draw` is given the parcels to pack of these rows."""

    name: str
    title: ShownText
    icon: str
    draw: Callable[[Sequence[Shipment]], bytes]
    nothing: ShownText  # what is said of a row that has no such parcel

    def send(self, slips: Sequence[Shipment]) -> Response:
        return send_file(io.BytesIO(self.draw(slips)), "application/pdf", download_name=f"{_('Pick list')}.pdf")


def draw_picks(slips: Sequence[Shipment]) -> bytes:
    """To go along the shelves with, in the language of whoever does."""
    own = shop()
    return draw_pick_list(pick_list(slips), own, spoken(str(get_locale() or ""), own.language), at=now())


PICK_LIST = Printout(
    "print_pick_list",
    _l("Print pick list"),
    "list",
    draw_picks,
    _l("It has no packing slip that waits to be packed."),
)


def say_too_many() -> str:
    return _("At most %(count)s at once. Tick fewer.", count=ROWS_PRINTED)
