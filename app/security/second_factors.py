"""What shows besides the password who somebody is: codes of an authenticator app, passkeys, and recovery codes.

A code of an app (RFC 6238) is taken once: the step of time that it belongs to is stored, and none up to it is taken
again, by whichever process.
"""

from __future__ import annotations

import base64
import secrets
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, exists, func, select, update

from app.columns import now
from app.encryption.sealed import CanNotOpen, Sealed
from app.extensions import db
from app.models import Passkey, RecoveryCode, Staff
from app.security.sessions import hash_secret

DIGITS, STEP_SECONDS = 6, 30
#: A clock may be this many steps wrong.
STEPS_OFF = 1

CODES = 10
#: Those that can't be taken for one another; twelve of them are more than anybody guesses.
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
CODE_LETTERS = 12


def has_factor(staff: Staff) -> bool:
    return bool(staff.totp_secret) or has_passkey(staff.id)


def has_passkey(staff_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(Passkey.staff_id == staff_id))))


def passkeys_of(staff_id: int) -> list[Passkey]:
    return list(db.session.scalars(select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.id)))


# --- the app --------------------------------------------------------------------------------------------------------


def generate_app_secret() -> str:
    """As people type it into an app that can't read the picture: base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def setup_address(secret: str, *, issuer: str, account: str) -> str:
    """What the QR code says (otpauth://)."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?" + urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)


def matching_step(secret: str, code: str) -> int:
    """The step of time whose code this is; 0 for none."""
    app = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS, enforce_key_length=False)
    step = int(now().timestamp()) // STEP_SECONDS
    for one in range(step - STEPS_OFF, step + STEPS_OFF + 1):
        if secrets.compare_digest(app.generate(one * STEP_SECONDS), code.encode()):
            return one
    return 0


def keep_secret(staff: Staff, secret: str, code: str) -> bool:
    """Set the app up for this person, when the code shows that it is; False when it doesn't."""
    step = matching_step(secret, bare(code))
    if step:
        staff.totp_secret, staff.totp_step = Sealed.of({"totp": secret}), step
    return bool(step)


def take_code(staff_id: int, code: str) -> bool:
    """Whether this is a code of the person's app that was not taken before; now it is. One of two at once succeeds."""
    sealed = db.session.scalar(select(Staff.totp_secret).where(Staff.id == staff_id))
    try:
        secret = (sealed or Sealed()).open().get("totp", "")
    except CanNotOpen:  # sealed with a key that is lost: a recovery code or the terminal helps
        return False
    step = matching_step(secret, bare(code)) if secret else 0
    take = update(Staff).where(Staff.id == staff_id, Staff.totp_step < step).values(totp_step=step)
    return bool(step) and db.session.scalar(take.returning(Staff.id)) is not None


def bare(code: str) -> str:
    """As it was typed or pasted, without blanks and dashes, and in capitals."""
    return "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())[:40]


# --- recovery codes -------------------------------------------------------------------------------------------------


def renew_codes(staff_id: int) -> list[str]:
    """New codes in place of those that were there; they can be read this once: "ABCD-EFGH-JKMN"."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(CODE_LETTERS)) for _code in range(CODES)]
    db.session.add_all(RecoveryCode(id=hash_code(staff_id, code), staff_id=staff_id) for code in codes)
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def use_code(staff_id: int, code: str) -> bool:
    """Whether this is one of the person's recovery codes; then it is none any more."""
    used = delete(RecoveryCode).where(RecoveryCode.id == hash_code(staff_id, bare(code)))
    return db.session.scalar(used.returning(RecoveryCode.id)) is not None


def codes_left(staff_id: int) -> int:
    return db.session.scalar(select(func.count()).where(RecoveryCode.staff_id == staff_id)) or 0


def hash_code(staff_id: int, code: str) -> str:
    return hash_secret(f"{staff_id} {code}")


# --- without any ----------------------------------------------------------------------------------------------------


def forget_app(staff: Staff) -> None:
    """The step stays: a code that was taken is never taken again."""
    staff.totp_secret = Sealed()


def forget_passkey(staff_id: int, passkey_id: int) -> str:
    """The name of the one that is gone now; "" when this person has none with this id."""
    gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.staff_id == staff_id)
    return db.session.scalar(gone.returning(Passkey.title)) or ""


def forget_passkeys(staff_id: int) -> None:
    db.session.execute(delete(Passkey).where(Passkey.staff_id == staff_id))


def forget_codes(staff_id: int) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
