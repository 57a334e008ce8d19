"""What was asked in vain, within the back office: a sentence between its menu and search, for who is signed in."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import gettext as _

from app.admin_views.rights_list import rights
from app.admin_views.signin import is_staff, may

#: Codes whose page stands in the frame; the others may be about who is there, or about us.
IN_FRAME = (400, 403, 404, 405, 410, 413, 429)


def show_in_frame(code: int, title: object, sentence: object) -> str:
    """ "" for who is not signed in: they learn no more of an address than that it opens nothing to them."""
    (admin,) = current_app.extensions["admin"]
    if code not in IN_FRAME or not request.path.startswith(f"{admin.url}/") or not is_staff():
        return ""
    view = next((one for one in admin._views if one.blueprint.name == request.blueprint), admin.index_view)
    here = "" if request.blueprint else "nowhere"
    lacked = lacked_right(getattr(view, "sight", "")) if code == 403 else ""
    return str(
        view.render(
            "admin/vain_request.html",
            page_heading=title,
            sentence=_("Ask the owner for the right “%(right)s”.", right=lacked) if lacked else sentence,
            code=code,
            stands_under=here,
            record_history=None,
        )
    )


def lacked_right(right: str) -> str:
    """What the right to see a page is called, if it is that which is lacking; "" for any other reason."""
    if not right or may(right):
        return ""
    titles = {name: str(text) for group in rights().values() for name, text in group}
    return titles.get(right, "")
