"""Passkeys (WebAuthn): a key in somebody's device, which asks for a finger, a face or a PIN before it signs.

So each is two factors in one, and signs in by itself. A challenge is good once, and for five minutes.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import exists, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.columns import now
from app.extensions import db
from app.models import Passkey, Staff
from app.security.form_tokens import use_once
from app.security.second_factors import passkeys_of

CHALLENGE_LASTS = timedelta(minutes=5)
#: What comes from a device is no longer.
LONGEST_ANSWER = 20_000
LONGEST_ID = 1400

Read = TypeVar("Read")


@dataclass(frozen=True)
class PasskeySite:
    """Where a passkey signs in: "https://desk.example.com", and the host in that. Devices sign for no other."""

    origin: str
    host: str


@dataclass(frozen=True)
class Challenge:
    """What a device has to sign, and all that the browser is asked (JSON)."""

    text: str
    options: str


def read_answer(read: Callable[[], Read]) -> Read | None:
    """None for what is not right. A stranger's bytes go through four parsers, each with faults of its own."""
    try:
        return read()
    except Exception:
        return None


# --- adding one -----------------------------------------------------------------------------------------------------


def challenge_to_add(staff: Staff, *, site: PasskeySite, shop: str, secret: str) -> Challenge:
    """A device that has a passkey of this person already makes no other."""
    known = [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in passkeys_of(staff.id)]
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=shop,
        user_id=handle_of(staff, secret),
        user_name=staff.email,
        user_display_name=str(staff),
        exclude_credentials=known,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return Challenge(bytes_to_base64url(options.challenge), options_to_json(options))


def handle_of(staff: Staff, secret: str) -> bytes:
    """By which a device tells people apart; it says nothing about them."""
    return hmac.new(secret.encode(), f"passkeys of {staff.id}".encode(), "sha256").digest()


def keep_passkey(staff: Staff, answer: str, *, title: str, challenge: str, site: PasskeySite) -> Passkey | None:
    """The passkey that the device made for this challenge; None when it is not right."""
    made = read_answer(
        lambda: verify_registration_response(
            credential=answer[:LONGEST_ANSWER],
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    )
    if made is None or not use_once(f"passkey {challenge}"):
        return None
    credential_id = bytes_to_base64url(made.credential_id)
    is_known = db.session.scalar(select(exists().where(Passkey.credential_id == credential_id)))
    if is_known or len(credential_id) > LONGEST_ID:
        return None
    key = bytes_to_base64url(made.credential_public_key)
    passkey = Passkey(
        staff_id=staff.id, title=title, credential_id=credential_id, public_key=key, sign_count=made.sign_count
    )
    db.session.add(passkey)
    return passkey


# --- signing in -----------------------------------------------------------------------------------------------------


def challenge_to_sign_in(*, site: PasskeySite) -> Challenge:
    """It names nobody: the device knows whose it is."""
    options = generate_authentication_options(rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED)
    return Challenge(bytes_to_base64url(options.challenge), options_to_json(options))


def use_passkey(answer: str, *, challenge: str, site: PasskeySite) -> Staff | None:
    """The person whose device signed this challenge; None for a stranger, whatever is wrong.

    A counter that did not grow is that of a copied key. Of two answers at once one is taken.
    """
    given = read_answer(lambda: parse_authentication_credential_json(answer[:LONGEST_ANSWER]))
    if given is None:
        return None
    query = select(Passkey, Staff).join(Staff, Staff.id == Passkey.staff_id).where(Staff.active)
    found = db.session.execute(query.where(Passkey.credential_id == bytes_to_base64url(given.raw_id))).one_or_none()
    if found is None:
        return None
    passkey, staff = found
    signed = read_answer(
        lambda: verify_authentication_response(
            credential=given,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    )
    if signed is None or not use_once(f"passkey {challenge}"):
        return None
    return staff if count_on(passkey.id, signed.new_sign_count) else None


def count_on(passkey_id: int, count: int) -> bool:
    """Devices that don't count say 0 each time."""
    grows = Passkey.sign_count < count if count else Passkey.sign_count == 0
    step = update(Passkey).where(Passkey.id == passkey_id, grows).values(sign_count=count, used_at=now())
    return db.session.scalar(step.returning(Passkey.id)) is not None
