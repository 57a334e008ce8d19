"""A line of "Try it": whether the key may read what the shop sells, which is only needed to match it and keep stock."""

from __future__ import annotations

from flask_babel import gettext as _

from app.connections.failures import ShopFailure
from app.connections.platform import Check, CheckState, Platform
from app.connections.shops import CATALOGUES
from app.models import Source


def products_check(source: Source, shop: Platform) -> Check | None:
    """None for a shop whose products can't be read."""
    make = CATALOGUES.get(source)
    if make is None:
        return None
    title, catalogue = _("The key may read products"), make(shop)
    try:
        catalogue.all_products({})
    except ShopFailure as failure:
        rights = ", ".join(str(one) for one in (*catalogue.read_rights, *catalogue.write_rights))
        said = _("Needed only to keep one stock with this shop: %(rights)s.", rights=rights) if rights else ""
        return Check(title, CheckState.NOT_NEEDED, f"{failure.sentence} {said}".strip())
    return Check(title, CheckState.WORKS)
