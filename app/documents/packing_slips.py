"""Packing slips as PDF: printed once for what they say, and kept.

As long as a slip lies open it follows its order: another address, content or code is printed anew, beside what was
printed before. Once it is sent or withdrawn it stays what was printed then.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import queries
from app.documents.drawing import PageLayout, draw_slip, draw_together
from app.documents.keeping import store
from app.documents.packing_slip_page import SlipFacts, packing_slip_page, slip_facts
from app.documents.render_process import Rendered
from app.documents.wording import spoken
from app.extensions import db
from app.models import PackingSlipPrint, Product, Shipment

log = logging.getLogger(__name__)


def packing_slip(shipment: Shipment, language: str = "") -> bytes:
    """The packing slip as PDF, in the language, or else in the order's: the same bytes for the same slip.

    Raises RenderFailed.
    """
    return packing_slips([shipment], language)[0]


def packing_slips(shipments: Sequence[Shipment], language: str = "") -> list[bytes]:
    """The same of several: what was printed is asked for together, and what wasn't is drawn two at a time."""
    shop, products, prints = queries.shop(), products_on(shipments), prints_of(shipments)
    contents, missing = dict[int, bytes](), list[Slip]()
    for shipment in shipments:
        own = spoken(language or shipment.order.language, shop.language)
        kept = [one for one in prints.get(shipment.id, ()) if one.language == own]
        if kept and not shipment.is_open and not shipment.lost_at:
            contents[shipment.id] = kept[-1].content
            continue
        slip = Slip(shipment, own, slip_facts(shipment, shop, products, own))
        if same := next((one for one in kept if one.says == slip.says), None):
            contents[shipment.id] = same.content
        else:
            missing.append(slip)
    drawn = draw_together([(one.page, one.at) for one in missing]) if len(missing) > 1 else [None] * len(missing)
    for slip, rendered in zip(missing, drawn, strict=True):
        contents[slip.shipment.id] = keep_slip(slip, rendered or draw_slip(slip.page, slip.facts["lines"], at=slip.at))
    return [contents[shipment.id] for shipment in shipments]


@dataclass(frozen=True)
class Slip:
    """What a packing slip says now, in a language."""

    shipment: Shipment
    language: str
    facts: SlipFacts

    @cached_property
    def says(self) -> str:
        return sha256(json.dumps(self.facts, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def at(self) -> datetime:
        return self.shipment.created_at

    def page(self, layout: PageLayout) -> str:
        return packing_slip_page(self.facts, self.language, layout)


def keep_slip(slip: Slip, rendered: Rendered) -> bytes:
    for warning in rendered.warnings:
        log.warning("packing slip %s: %s", slip.shipment.number, warning)
    new = PackingSlipPrint(
        shipment_id=slip.shipment.id,
        language=slip.language,
        says=slip.says,
        content=rendered.pdf,
        sha256=sha256(rendered.pdf).hexdigest(),
    )
    return store(new, lambda own: find_print(own, new.shipment_id, new.language, new.says)).content


def find_print(session: Session, shipment_id: int, language: str, says: str) -> PackingSlipPrint | None:
    query = select(PackingSlipPrint).where(
        PackingSlipPrint.shipment_id == shipment_id,
        PackingSlipPrint.language == language,
        PackingSlipPrint.says == says,
    )
    return session.scalars(query).one_or_none()


def prints_of(shipments: Sequence[Shipment]) -> dict[int, list[PackingSlipPrint]]:
    """What was printed of each, by its id, first to last."""
    ids = [shipment.id for shipment in shipments]
    found: dict[int, list[PackingSlipPrint]] = {}
    query = select(PackingSlipPrint).where(PackingSlipPrint.shipment_id.in_(ids)).order_by(PackingSlipPrint.id)
    for one in db.session.scalars(query):
        found.setdefault(one.shipment_id, []).append(one)
    return found


def products_on(shipments: Sequence[Shipment]) -> dict[int, Product]:
    lines = (line.order_line for shipment in shipments for line in shipment.lines)
    ids = {line.product_id for line in lines if line.product_id}
    return {product.id: product for product in db.session.scalars(select(Product).where(Product.id.in_(ids)))}
