"""Adding members of staff, and what each of them decides on their own."""

from __future__ import annotations

import uuid

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import func, select

from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Role, Staff


def add_staff(email: str, *, role: str, by: Actor, name: str = "") -> Staff:
    """Let somebody in. They sign in by a one-time link until they choose a password."""
    given = db.session.scalar(select(Role).where(Role.name == role))
    if given is None:
        roles = ", ".join(db.session.scalars(select(Role.name).order_by(Role.id)))
        raise ActionRefused(_("role: there is no role %(role)s. Choose one of: %(roles)s.", role=role, roles=roles))
    try:
        address = validate_email(email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ActionRefused(_("email: %(reason)s", reason=str(error))) from None
    if db.session.scalar(select(Staff.id).where(func.lower(Staff.email) == address.lower())):
        raise ActionRefused(_("email: %(email)s is a member of staff already.", email=address))

    staff = Staff(email=address, name=name.strip(), fs_uniquifier=uuid.uuid4().hex, roles=[given])
    db.session.add(staff)
    db.session.flush()

    record(Happened.RECORD_CREATED, None, by, subject=staff, record=str(staff))
    return staff


def change_profile(staff: Staff, *, by: Actor, **given: str) -> None:
    """Change what somebody says of themselves: `name`, `language`, `time_zone` ("" for the shop's), `start_page`."""
    changes = {name: [getattr(staff, name), value] for name, value in given.items() if getattr(staff, name) != value}
    if not changes:
        return
    for name, (_old, new) in changes.items():
        setattr(staff, name, new)

    record(Happened.RECORD_CHANGED, None, by, subject=staff, record=str(staff), changes=changes)
