"""What VIES says of a VAT number, as the pages of customers and orders show it: the proof, and what came before."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.documents.vat_checks import checks_of
from app.extensions import ShownText
from app.models import VatCheck, VatCheckState
from app.pages.formatting import badge, moment
from app.pages.labels import VAT_CHECK_STATE

#: Why there is no answer, by the codes of VIES; whatever else goes wrong is that it does not answer.
NO_ANSWER_YET: dict[str, ShownText] = {
    "MS_UNAVAILABLE": _l("The register of that member state does not answer at the moment."),
    "MS_MAX_CONCURRENT_REQ": _l("The register of that member state is asked by too many at the moment."),
    "MS_MAX_CONCURRENT_REQ_TIME": _l("The register of that member state is asked by too many at the moment."),
    "GLOBAL_MAX_CONCURRENT_REQ": _l("VIES is asked by too many at the moment."),
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": _l("VIES is asked by too many at the moment."),
    "INVALID_INPUT": _l("VIES takes this for no VAT number. Check it for a typing error, and its country."),
    "VAT_BLOCKED": _l("VIES does not answer questions of your own VAT number. Ask your tax authority why."),
    "IP_BLOCKED": _l("VIES does not answer questions from this machine."),
}
NO_ANSWER = _l("VIES does not answer at the moment.")


@dataclass(frozen=True)
class ShownCheck:
    """A question about a number, and the answer."""

    badge: Markup
    moment: str  # of the answer, or since when it is waited for
    told: list[str]  # name and address, line by line
    consultation: str
    reason: str  # why there is no answer
    asked_by: str


def show_vat_checks(number: str) -> list[ShownCheck]:
    """The latest first; those that were answered are the proof."""
    return [show_check(one) for one in checks_of(number)] if number else []


def show_check(check: VatCheck) -> ShownCheck:
    told = [line for line in (check.name, *check.address.split("\n")) if line]
    is_answer = check.state in (VatCheckState.VALID, VatCheckState.INVALID)
    return ShownCheck(
        badge(VAT_CHECK_STATE[check.state]),
        str(moment(check.answered_at or check.created_at)),
        told,
        check.consultation,
        "" if is_answer or not check.error else say_no_answer(check),
        check.asked_by,
    )


def say_no_answer(check: VatCheck) -> str:
    said = str(NO_ANSWER_YET.get(check.error, NO_ANSWER))
    again = _("Toonbank asks again by itself.")
    return f"{said} {again}" if check.state == VatCheckState.WAITING else said
