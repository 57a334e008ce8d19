"""Telling outside shops what is done here: what is told, to which shop, and the rows by which the worker tells it."""

from app.write_back.listeners import (
    IS_TOLD,
    OF_CONNECTION,
    WOULD_TELL,
    Listener,
    ToldShop,
    listening_programs,
    remember_shop,
    told_shop,
)
from app.write_back.rows import (
    STANDING,
    Tells,
    are_our_refunds,
    from_its_shop,
    is_our_news,
    let_go_of_job,
    mailing_shop,
    queue_write,
    still_holds,
    take_back_write,
    telling_shop_id,
)
from app.write_back.stock import ask_to_compare_stock, mark_due

__all__ = [
    "IS_TOLD",
    "OF_CONNECTION",
    "STANDING",
    "WOULD_TELL",
    "Listener",
    "Tells",
    "ToldShop",
    "are_our_refunds",
    "ask_to_compare_stock",
    "from_its_shop",
    "is_our_news",
    "let_go_of_job",
    "listening_programs",
    "mailing_shop",
    "mark_due",
    "queue_write",
    "remember_shop",
    "still_holds",
    "take_back_write",
    "telling_shop_id",
    "told_shop",
]
