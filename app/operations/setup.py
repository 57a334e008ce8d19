"""A new or older database: its migrations, and the rows that every shop needs."""

from __future__ import annotations

from flask import current_app
from flask_migrate import upgrade as run_migrations
from sqlalchemy import inspect, select

from app import queries
from app.actions.usual_words import first_words, translated_words
from app.actions.vat_rates import keep_vat_rates
from app.config import LANGUAGES, keep_secrets
from app.documents.sellers import UNNAMED
from app.extensions import db
from app.models import Counter, ReturnAction, ReturnReason, Role, Shop, WordKind
from app.numbering import first_counters
from app.operations import backups, sealing, starting, write_ahead_log
from app.queries import planner
from app.security.rights import ROLES


def upgrade(*, with_copy: bool = False) -> None:
    """Run the migrations that are missing; a SQLite file that holds something is copied first, PostgreSQL if asked.

    What a migration leaves to be sealed is sealed here, in slices; if that is cut short, a worker goes on.
    """
    keep_secrets(current_app)
    fault = starting.fault_of_schema()
    was_behind = fault is not None and not fault.is_empty
    if was_behind and (with_copy or backups.is_sqlite()):
        backups.copy_before_upgrade()
    held_clear = was_behind and has_clear_secrets()
    run_migrations()
    if held_clear:
        write_ahead_log.write_anew()
    sealing.seal_all()
    if was_behind:
        planner.gather_statistics()
    else:
        planner.refresh_statistics()


def has_clear_secrets() -> bool:
    """Whether the version before kept the password of the mail server as it was typed."""
    with db.engine.connect() as connection:
        return "smtp_password" in {column["name"] for column in inspect(connection).get_columns("shop")}


def first_rows() -> None:
    """The shop, its counters and its roles, as far as they are missing."""
    if db.session.get(Shop, 1) is None:
        db.session.add(new_shop())
    counted = {(kind, series) for kind, series in db.session.execute(select(Counter.kind, Counter.series))}
    db.session.add_all(c for c in first_counters() if (c.kind, c.series) not in counted)
    if db.session.scalar(select(ReturnReason.id).limit(1)) is None:
        add_return_lists(queries.shop())
    keep_roles()
    keep_vat_rates()
    db.session.flush()


def add_return_lists(shop: Shop) -> None:
    """In the shop's language, and in the others as Toonbank calls them there."""
    reasons = first_words(WordKind.RETURN_REASON, shop.language)
    actions = first_words(WordKind.RETURN_ACTION, shop.language)
    db.session.add_all(ReturnReason(title=title, position=n) for n, title in enumerate(reasons))
    db.session.add_all(ReturnAction(title=title, position=n) for n, title in enumerate(actions))
    shop.own_words = {**translated_words(shop.language), **shop.own_words}


def keep_roles() -> None:
    """The roles that came with Toonbank are as it says, also after an upgrade has added rights."""
    known = {role.name: role for role in db.session.scalars(select(Role).where(Role.name.in_(ROLES)))}
    for name, (description, rights) in ROLES.items():
        role = known.get(name) or Role(name=name)
        role.description, role.permissions = str(description), list(rights)
        db.session.add(role)


def new_shop() -> Shop:
    """Offers documents in all languages: an order in one that the shop does not want falls back to its own."""
    times = first_words(WordKind.DELIVERY_TIME, "en")
    return Shop(id=1, name=UNNAMED, language="en", languages=list(LANGUAGES), delivery_times=times)
