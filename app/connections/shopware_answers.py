"""What Shopware's Admin API refuses: by the code of its error, never by its words."""

from __future__ import annotations

from app.connections.client import ShopAnswer
from app.connections.failures import ShopFailure
from app.models import Trouble
from app.security.json_input import read_json

NO_PRIVILEGE = "FRAMEWORK__MISSING_PRIVILEGE_ERROR"

#: What Shopware calls it, and what it is to us.
BY_CODE = {
    NO_PRIVILEGE: Trouble.NO_RIGHT,
    "SYSTEM__ILLEGAL_STATE_TRANSITION": Trouble.OVER_THERE,
    "SYSTEM__STATE_MACHINE_INVALID_ENTITY_ID": Trouble.NOT_THERE,
    "FRAMEWORK__RESOURCE_NOT_FOUND": Trouble.NOT_THERE,
    "FRAMEWORK__WRITE_CONSTRAINT_VIOLATION": Trouble.REFUSED,
    "FRAMEWORK__RATE_LIMIT_EXCEEDED": Trouble.TOO_BUSY,
}


def admin_api_failure(answer: ShopAnswer) -> ShopFailure | None:
    """None leaves it to the status."""
    if answer.status < 400 or answer.status == 429 or answer.is_page:
        return None
    error = first_error(answer)
    code, said = str(error.get("code", "")), str(error.get("detail") or error.get("title") or "")
    if code == NO_PRIVILEGE:
        return ShopFailure(Trouble.NO_RIGHT, ", ".join(sorted(privileges_named(said))) or said, code=code)
    trouble = BY_CODE.get(code)
    if trouble is None and answer.status == 401:
        trouble = Trouble.WRONG_KEY
    return ShopFailure(trouble, said, code=code) if trouble else None


def first_error(answer: ShopAnswer) -> dict[str, object]:
    try:
        told = read_json(answer.body)
    except ValueError:
        return {}
    errors = told.get("errors") if isinstance(told, dict) else None
    return errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}


def privileges_named(detail: str) -> set[str]:
    """The rights that an error names: `{"message": "Missing privilege", "missingPrivileges": ["order:read"]}`."""
    try:
        told = read_json(detail)
    except ValueError:
        return set()
    named = told.get("missingPrivileges") if isinstance(told, dict) else None
    found = named.values() if isinstance(named, dict) else named if isinstance(named, list) else ()
    return {str(one) for one in found}


def missing_privileges(failure: ShopFailure) -> set[str]:
    return set(failure.detail.split(", ")) if failure.code == NO_PRIVILEGE else set()
