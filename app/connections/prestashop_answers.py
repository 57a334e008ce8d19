"""What PrestaShop's webservice answers: refusals by their code, the rights of a key, and the shop's own time."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.connections.client import ShopAnswer
from app.connections.failures import ShopFailure
from app.connections.stated_facts import ShopFacts
from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.payloads import decode_json
from app.models import Trouble
from app.security.json_input import read_json
from app.security.xml_input import UnreadableXml, read_xml

#: Neither header nor query held a key: something in front of the shop has swallowed it.
NO_KEY_CAME = ("16", "17")

#: What PrestaShop calls it (the number; its message may be anything), and what it is to us.
CODES = {
    **dict.fromkeys((*NO_KEY_CAME, "18", "20", "21"), Trouble.WRONG_KEY),
    "22": Trouble.NO_API,  # the webservice is switched off; its status is 503, and yet it doesn't pass by itself
    **dict.fromkeys(
        ("25", "26", "132"), Trouble.NO_RIGHT
    ),  # no such method, no such resource, no such shop for this key
    "46": Trouble.REFUSED,  # "Unable to save resource", with status 500: it would be refused for ever
    "85": Trouble.REFUSED,  # validation
    **dict.fromkeys(("87", "92", "131"), Trouble.NOT_THERE),
}

#: How far local times lie from UTC at most, where nobody says which zone it is.
WEST, EAST = timedelta(hours=12), timedelta(hours=14)


def webservice_failure(answer: ShopAnswer) -> ShopFailure | None:
    """None leaves it to the status."""
    if answer.status < 400 or answer.is_page:
        return None
    code, said = error_in(answer)
    trouble = CODES.get(code)
    return ShopFailure(trouble, said, code=code) if trouble else None


def error_in(answer: ShopAnswer) -> tuple[str, str]:
    """Code and words of the first error: in JSON, and in XML, which is what a bare key is answered in."""
    try:
        told = read_json(answer.body)
    except ValueError:
        return xml_error_in(answer)
    errors = told.get("errors") if isinstance(told, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(first.get("code", "")), str(first.get("message", ""))


def xml_error_in(answer: ShopAnswer) -> tuple[str, str]:
    try:
        error = read_xml(answer.body).find("errors/error")
    except UnreadableXml:
        return "", ""
    if error is None:
        return "", ""
    return (error.findtext("code") or "").strip(), (error.findtext("message") or "").strip()


def rows_in(answer: ShopAnswer, name: str) -> list[ShopFacts]:
    """What stands under this name; of nothing PrestaShop says `[]`, or nothing at all."""
    try:
        told = decode_json(answer.text) if answer.body.strip() else []
    except UnreadableOrder:
        raise ShopFailure(Trouble.UNREADABLE) from None
    listed = told.get(name, []) if isinstance(told, dict) else told
    found = listed if isinstance(listed, list) else [listed]
    rows = [one for one in found if isinstance(one, dict)]
    if len(rows) != len(found):
        raise ShopFailure(Trouble.UNREADABLE)
    return rows


def rights_in(answer: ShopAnswer) -> Mapping[str, Set[str]]:
    """What the key may do: of each resource the methods, in capitals. The list of the API names what it may only."""
    try:
        api = read_xml(answer.body).find("api")
    except UnreadableXml:
        api = None
    if api is None:
        raise ShopFailure(Trouble.NO_API)
    return {one.tag: {name.upper() for name, value in one.attrib.items() if value == "true"} for one in api}


# --- moments --------------------------------------------------------------------------------------------------------


def zone_named(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError):  # no such zone, or no name of one
        return None


def earliest_there(moment: datetime, zone: ZoneInfo | None) -> str:
    """What the shop's clock showed then, or may have; where it is set back soon, what it shows after that."""
    if zone is None:
        return format_local(moment.astimezone(UTC) - WEST)
    local, later = moment.astimezone(zone), (moment + timedelta(hours=2)).astimezone(zone)
    set_back = max(timedelta(), offset_of(local) - offset_of(later))
    return format_local(local.replace(tzinfo=None) - set_back)


def offset_of(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def latest_there(moment: datetime, zone: ZoneInfo | None) -> str:
    return format_local(moment.astimezone(zone) if zone else moment.astimezone(UTC) + EAST)


def format_local(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
