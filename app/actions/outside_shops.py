"""Which shop a file or a connection belongs to: named, proposed by what the file says of itself, or made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from flask_babel import gettext as _
from sqlalchemy import exists, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.columns import now
from app.errors import ActionRefused
from app.extensions import db, put_in_quotes
from app.intake_readers import PLATFORMS, Found
from app.models import Arrival, Connection, Customer, ImportBatch, Order, OutsideShop

#: So many orders of a file are asked for the host name of their shop.
ASKED = 20

LONGEST_TITLE = 120

#: Chosen for a connection whose orders never came here before.
NEW = "new"


def shops_of(source: str) -> list[OutsideShop]:
    """The shops of a platform, but for those of the demo."""
    query = select(OutsideShop).where(OutsideShop.source == source, OutsideShop.is_demo.is_(False))
    return list(db.session.scalars(query.order_by(OutsideShop.title, OutsideShop.id)))


# --- which one ------------------------------------------------------------------------------------------------------


def shop_named(source: str, title: str) -> OutsideShop:
    """The shop of this name, capitals or not; a new one, not kept yet, when there is none."""
    title = " ".join(title.split())
    if not title:
        raise ActionRefused(_("Give the shop a name."))
    if len(title) > LONGEST_TITLE:
        raise ActionRefused(_("The name of a shop has at most %(count)s characters.", count=LONGEST_TITLE))
    same = (shop for shop in shops_of(source) if shop.title.casefold() == title.casefold())
    return next(same, None) or OutsideShop(source=source, title=title, host="", is_mixed=False)


def hosts_in(orders: Iterable[Found]) -> tuple[str, ...]:
    """The host names that the first orders of a file state, the most telling first."""
    return tuple(dict.fromkeys(host for found in islice(orders, ASKED) for host in found.hosts))


def proposed_shop(source: str, hosts: Sequence[str]) -> OutsideShop:
    """The shop that a file is most likely of; a new one, not kept yet, when it is of none that is known.

    It is the shop whose host name the file states; else, of the shops that may have written it, the one for which a
    file was given last, or the only one. A shop whose own host name is another one did not write it.
    """
    shops = shops_of(source)
    if known := next((shop for host in hosts for shop in shops if shop.host == host), None):
        return known
    possible = [shop for shop in shops if not (hosts and shop.host)]
    given = [shop for shop in possible if shop.file_read_at]
    if given:
        return max(given, key=lambda shop: (shop.file_read_at, shop.id))
    if len(possible) > 1:
        titles = ", ".join(put_in_quotes(shop.title) for shop in possible)
        raise ActionRefused(_("There are several shops that this may come from: %(titles)s. Say which.", titles=titles))
    if possible:
        return possible[0]
    return OutsideShop(source=source, title=free_title(source, hosts), host=hosts[0] if hosts else "", is_mixed=False)


def free_title(source: str, hosts: Sequence[str]) -> str:
    """Named by its host name, else by its platform; by a number more where another shop is called so."""
    title = (hosts[0] if hosts else PLATFORMS.get(source, source))[: LONGEST_TITLE - 10]
    taken = {shop.title.casefold() for shop in shops_of(source)}
    names = [title, *(f"{title} ({number})" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name.casefold() not in taken)


def other_shop_stated(shop: OutsideShop, hosts: Sequence[str]) -> str:
    """The host name that a file states where the shop that was chosen has another one."""
    return hosts[0] if hosts and shop.host and shop.host not in hosts else ""


def chosen_shop(source: str, chosen: str) -> OutsideShop:
    found = next((shop for shop in shops_of(source) if str(shop.id) == chosen), None)
    if found is None:
        raise ActionRefused(_("Choose a shop of %(platform)s.", platform=PLATFORMS.get(source, source)))
    return found


def shop_of_connection(source: str, title: str, chosen: str) -> OutsideShop:
    """The shop that a new connection belongs to; it has to be said where there are shops of that platform already."""
    if chosen and chosen != NEW:
        return chosen_shop(source, chosen)
    if shops_of(source) and not chosen:
        platform = PLATFORMS.get(source, source)
        raise ActionRefused(
            _(
                "Orders of %(platform)s came from other shops already. Say whether this is one of them.",
                platform=platform,
            )
        )
    shop = shop_named(source, title)
    if shop in db.session:
        raise ActionRefused(_("There is a shop “%(title)s” already. Choose it, or another title.", title=shop.title))
    return shop


# --- keeping --------------------------------------------------------------------------------------------------------


def keep_shop(shop: OutsideShop) -> OutsideShop:
    """The shop, kept; its twin when another transaction has just made that: the unique name decides, in a savepoint."""
    if shop in db.session:
        return shop
    try:
        with db.session.begin_nested():
            db.session.add(shop)
    except IntegrityError:
        return shop_named(shop.source, shop.title)
    return shop


def note_file_of(shop: OutsideShop, hosts: Sequence[str]) -> None:
    """A file of the shop was given: the next one is proposed to be of it too."""
    tell_of_shop(shop, file_read_at=now())
    learn_host(shop, hosts)


def learn_host(shop: OutsideShop, hosts: Sequence[str]) -> None:
    """Keep the host name that orders of the shop state, unless it has one, or another shop has this one."""
    if not hosts or shop.host:
        return
    if not any(one.host == hosts[0] for one in shops_of(shop.source)):
        tell_of_shop(shop, host=hosts[0])


def tell_of_shop(shop: OutsideShop, **values: object) -> None:
    """Many events and files come at once, and none of them minds what another one noted."""
    db.session.execute(update(OutsideShop).where(OutsideShop.id == shop.id).values(**values))


def forget_unused(shop: OutsideShop) -> None:
    """A shop that was made for a file which was thrown away goes with it."""
    kinds = (Customer, Connection, ImportBatch, Arrival)
    used = [exists().where(kind.outside_shop_id == shop.id) for kind in kinds]
    used.append(exists().where(Order.outside_shop_id == shop.id, Order.is_draft.is_(False)))
    if not db.session.scalar(select(or_(*used))):
        db.session.delete(shop)
        db.session.flush()
