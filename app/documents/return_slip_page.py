"""The slip that goes into the parcel of goods that come back: which return it is, what comes, why, and where to.

It is drawn for whoever asks, and kept nowhere: a return may still be changed, and no law wants its slip kept.
"""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from app.documents.drawing import ONE_PAGE, PageLayout, draw_slip
from app.documents.packing_slip_page import quantity_width
from app.documents.pages import address_lines, party_names, render_page
from app.documents.snapshots import address_of, buyer_of, seller_of
from app.documents.wording import Writing, spoken
from app.models import Return, ReturnStatus, Shop, WordKind
from app.queries.own_words import own_word

#: As long as its goods may be on their way, or have come.
WITH_SLIP = frozenset({ReturnStatus.AUTHORISED, ReturnStatus.RECEIVED})


def draw_return_slip(goods_return: Return, shop: Shop) -> bytes:
    """As PDF, in the language of its customer. Raises RenderFailed."""
    page = partial(return_slip_page, goods_return, shop, spoken(goods_return.order.language, shop.language))
    return draw_slip(page, goods_return.lines, at=goods_return.created_at).pdf


def return_slip_page(goods_return: Return, shop: Shop, language: str, layout: PageLayout = ONE_PAGE) -> str:
    """The document in HTML. Where the goods go is the shop's address, with its country for who sends from abroad."""
    order, seller, writing = goods_return.order, seller_of(shop), Writing(language)
    sender = {**buyer_of(order), **(address_of(order.shipping) if order.shipping else {})}
    return render_page(
        "return_slip.html",
        writing,
        seller,
        goods_return=goods_return,
        reason=own_word(WordKind.RETURN_REASON, goods_return.reason, language),
        solution=own_word(WordKind.RETURN_ACTION, goods_return.action, language),
        order=order,
        day=goods_return.created_at.astimezone(ZoneInfo(shop.time_zone)).date(),
        sender=[*party_names(sender), *address_lines(sender, writing, from_country=shop.country)],
        send_to=[shop.name, *address_lines(address_of_shop(shop), writing, from_country=sender["country"])],
        lines=[(line.quantity, line.order_line) for line in goods_return.lines],
        quantity_width=quantity_width([writing.number(line.quantity) for line in goods_return.lines]),
        pages=layout.pages,
    )


def address_of_shop(shop: Shop) -> dict[str, str]:
    return {name: getattr(shop, name) for name in ("street", "postcode", "city", "country")}
