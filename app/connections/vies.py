"""VIES, the register of VAT numbers of the EU: its REST API is asked about a number, and its answer kept as the proof.

https://ec.europa.eu/taxation_customs/vies/#/technical-information. Only "valid" and "not valid" are answers. All else,
above all that the register of a member state is away, means that nobody knows: it is asked again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.columns import now
from app.connections.client import Access, ShopAnswer, ShopClient
from app.connections.failures import ShopFailure
from app.documents.vat_checks import VAT_CHECKS, number_at_vies
from app.extensions import transaction
from app.models import Trouble, VatCheck, VatCheckState
from app.queries import shop
from app.queues.leases import free
from app.security.json_input import read_json

log = logging.getLogger(__name__)

#: Where it is.
VIES_URL = "https://ec.europa.eu/taxation_customs/vies/rest-api"
#: Seconds that it has to answer, from the first word to the last.
VIES_DEADLINE = 20

#: What it writes where a member state tells nothing.
UNTOLD = "---"

#: Its words for a question that will never be answered otherwise.
WRONG_QUESTION = "INVALID_INPUT"
#: ... and for not accepting who asks: then it is asked as nobody.
WRONG_REQUESTER = ("INVALID_REQUESTER_INFO", "INVALID_REQUESTER")

#: Its clock may differ from ours by so much; what differs by more is none.
CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True)
class ViesAnswer:
    """What it says of a number: valid or not, or in `code` why it says neither."""

    is_valid: bool | None
    code: str = ""
    name: str = ""
    address: str = ""
    consultation: str = ""
    requester: str = ""
    stated_at: datetime | None = None


def ask_due(worker: str = "") -> int:
    """Ask about one number whose time has come; 1 when there was one."""
    with transaction():
        claimed = [(row.id, row.number) for row in VAT_CHECKS.claim(worker)]
        own = shop() if claimed else None
        requester = number_at_vies(own.vat_id, own.country) if own else ""
    for check_id, number in claimed:
        try:
            note_answer(worker, check_id, ask_about_number(number, requester))
        except ShopFailure as failure:
            note_no_answer(worker, check_id, failure.trouble, retry_after=failure.retry_after)
        except Exception:
            log.exception("VIES could not be asked (question %s)", check_id)
            note_no_answer(worker, check_id, Trouble.OURS)
    return len(claimed)


# --- asking ---------------------------------------------------------------------------------------------------------


def ask_about_number(number: str, requester: str) -> ViesAnswer:
    """As `requester`, for it gives a consultation number only to who says their own. Raises ShopFailure."""
    answer = post_question(number, requester)
    return post_question(number, "") if requester and answer.code in WRONG_REQUESTER else answer


def post_question(number: str, requester: str) -> ViesAnswer:
    asked = {"countryCode": number[:2], "vatNumber": number[2:]}
    if requester:
        asked |= {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
    said: list[object] = []

    def sort(answer: ShopAnswer) -> None:
        """Its errors come as JSON with any status."""
        said.append(told_in(answer))

    with ShopClient(Access(VIES_URL, {}), sort=sort, deadline=VIES_DEADLINE) as client:
        try:
            client.ask("POST", "/check-vat-number", body=asked)
        except ShopFailure:
            if not said or not code_in(said[-1]):
                raise
    return read_answer(said[-1], requester)


def told_in(answer: ShopAnswer) -> object:
    try:
        return read_json(answer.body or b"null")
    except ValueError:
        return None


def read_answer(told: object, requester: str) -> ViesAnswer:
    """Raises ShopFailure for what is neither an answer nor an error of its own."""
    if code := code_in(told):
        return ViesAnswer(None, code, requester=requester)
    if not isinstance(told, dict) or not isinstance(told.get("valid"), bool):
        raise ShopFailure(Trouble.UNREADABLE)
    name, address = (told_text(told, key) for key in ("name", "address"))
    consultation = told_text(told, "requestIdentifier")
    return ViesAnswer(
        told["valid"], "", name[:255], address[:500], consultation[:60], requester, moment_in(told.get("requestDate"))
    )


def code_in(told: object) -> str:
    """{"errorWrappers": [{"error": "MS_UNAVAILABLE"}]}, or {"userError": "MS_UNAVAILABLE"}; "" where it is no error."""
    if not isinstance(told, dict):
        return ""
    wrapped = told.get("errorWrappers")
    first = wrapped[0] if isinstance(wrapped, list) and wrapped else None
    code = first.get("error") if isinstance(first, dict) else told.get("userError")
    return code[:60] if isinstance(code, str) and code.upper() not in ("VALID", "INVALID") else ""


def told_text(told: dict[str, object], key: str) -> str:
    """An address has lines; they stay."""
    text = told.get(key)
    lines = [" ".join(line.split()) for line in text.splitlines()] if isinstance(text, str) else []
    text = "\n".join(filter(None, lines)).replace("\0", "")
    return "" if text == UNTOLD else text


def moment_in(stated: object) -> datetime | None:
    """ "2026-11-30T11:51:07.151Z"; None for what is no moment, or none of these days."""
    try:
        moment = datetime.fromisoformat(stated) if isinstance(stated, str) else None
    except ValueError:
        return None
    if moment is None or abs(moment.replace(tzinfo=moment.tzinfo or UTC) - now()) > CLOCKS_DIFFER:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


# --- what came of it ------------------------------------------------------------------------------------------------


def note_answer(worker: str, check_id: int, answer: ViesAnswer) -> None:
    if answer.is_valid is None:
        note_no_answer(worker, check_id, answer.code)
        return
    with transaction():
        check = VAT_CHECKS.held_by(worker, check_id)
        if check is None:
            log.warning("VIES took longer than the lease of question %s; another worker has it", check_id)
            return
        check.state = VatCheckState.VALID if answer.is_valid else VatCheckState.INVALID
        check.name, check.address, check.error = answer.name, answer.address, ""
        check.consultation, check.requester = answer.consultation, answer.requester
        check.answered_at = answer.stated_at or now()
        free(check)


def note_no_answer(worker: str, check_id: int, code: str, *, retry_after: float | None = None) -> None:
    """It is asked again after a pause, unless it was asked for days, or takes this for no number at all."""
    with transaction():
        check = VAT_CHECKS.held_by(worker, check_id)
        if check is None:
            return
        check.error = str(code)
        if code != WRONG_QUESTION and VAT_CHECKS.retry(check):
            if retry_after is not None:
                check.due_at = max(check.due_at, now() + timedelta(seconds=retry_after))
            return
        give_up(check)


def give_up(check: VatCheck) -> None:
    check.state = VatCheckState.UNANSWERED
    free(check)
