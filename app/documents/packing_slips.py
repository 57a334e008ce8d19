"""Packing slips as PDF: printed once for what they say, and kept.

As long as a slip lies open it follows its order: another address, content or code is printed anew, beside what was
printed before. Once it is sent or withdrawn it stays what was printed then.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from hashlib import sha256

from flask_sqlalchemy.session import Session as OwnSession
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from app import queries
from app.documents.drawing import draw_slip
from app.documents.keeping import store
from app.documents.packing_slip_page import packing_slip_page, slip_facts
from app.documents.wording import spoken
from app.extensions import db
from app.models import PackingSlipPrint, Product, Shipment

log = logging.getLogger(__name__)


def packing_slip(shipment: Shipment, language: str = "") -> bytes:
    """The packing slip as PDF, in the language, or else in the order's: the same bytes for the same slip.

    Raises RenderFailed.
    """
    shop = queries.shop()
    language = spoken(language or shipment.order.language, shop.language)
    if not shipment.is_open and not shipment.lost_at and (kept := last_print(shipment.id, language)):
        return kept.content
    facts = slip_facts(shipment, shop, products_on(shipment), language)
    says = sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
    if kept := find_print(db.session, shipment.id, language, says):
        return kept.content
    rendered = draw_slip(partial(packing_slip_page, facts, language), facts["lines"], at=shipment.created_at)
    for warning in rendered.warnings:
        log.warning("packing slip %s: %s", shipment.number, warning)
    new = PackingSlipPrint(
        shipment_id=shipment.id,
        language=language,
        says=says,
        content=rendered.pdf,
        sha256=sha256(rendered.pdf).hexdigest(),
    )
    return store(new, lambda own: find_print(own, new.shipment_id, new.language, new.says)).content


def find_print(
    session: Session | scoped_session[OwnSession], shipment_id: int, language: str, says: str
) -> PackingSlipPrint | None:
    query = select(PackingSlipPrint).where(
        PackingSlipPrint.shipment_id == shipment_id,
        PackingSlipPrint.language == language,
        PackingSlipPrint.says == says,
    )
    return session.scalars(query).one_or_none()


def last_print(shipment_id: int, language: str) -> PackingSlipPrint | None:
    """What was printed last of a slip, in the language."""
    query = select(PackingSlipPrint).where(
        PackingSlipPrint.shipment_id == shipment_id, PackingSlipPrint.language == language
    )
    return db.session.scalars(query.order_by(PackingSlipPrint.id.desc()).limit(1)).first()


def products_on(shipment: Shipment) -> dict[int, Product]:
    ids = {line.order_line.product_id for line in shipment.lines if line.order_line.product_id}
    return {product.id: product for product in db.session.scalars(select(Product).where(Product.id.in_(ids)))}
