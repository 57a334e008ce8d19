"""Staff, keys of programs, and signing in."""

from __future__ import annotations

from datetime import datetime

import click
from sqlalchemy import func, select

from app.actions.api_keys import create_key
from app.actions.second_factors import reset_factors
from app.actions.staff import add_staff
from app.cli.commands import Commands, terminal, toonbank
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.models import Staff
from app.security.rights import GROUPS, READING
from app.security.second_factors import has_factor
from app.security.sessions import sign_in_link

user = Commands("user", help="Staff.")
toonbank.add_command(user)


@user.command("add")
@click.argument("email")
@click.option("--role", default="owner", show_default=True)
@click.option("--name", default="")
def add_user(email: str, role: str, name: str) -> None:
    """Add a member of staff and print a one-time sign-in link."""
    try:
        with transaction():
            staff = add_staff(email, role=role, name=name, by=terminal())
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(link_for(staff))


@user.command("reset-factors")
@click.argument("email")
def take_factors_away(email: str) -> None:
    """Take the second factors away from a member of staff who lost them; they are told by mail."""
    try:
        with transaction():
            reset_factors(member_of_staff(email), by=terminal())
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"{email} signs in with the password alone, or by a link: toonbank sign-in {email}")


key = Commands("key", help="Keys of programs.")
toonbank.add_command(key)


@key.command("add")
@click.argument("title")
@click.option("--rights", default="", help="all, or groups of rights or single ones: read,imports,payments.mark_paid.")
@click.option("--right", "single", multiple=True, help="One of them; repeatable.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Its last day, such as 2027-12-31. Left out: none.")
def add_key(title: str, rights: str, single: tuple[str, ...], until: datetime | None) -> None:
    """Make a key for a program and print it, this once: it is the last word. It ends with nobody of the staff."""
    asked = [right.strip() for right in rights.split(",") if right.strip()] + list(single)
    every = ["read", *GROUPS]
    if unknown := [right for right in asked if right != "all" and not is_right(right)]:
        raise click.ClickException(f"there is no right {unknown[0]}; choose of: {', '.join(['all', *every])}")
    try:
        with transaction():
            given = every if "all" in asked else asked
            _token, made = create_key(title, rights=given, by=terminal(), expires_on=until.date() if until else None)
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(made)


def is_right(right: str) -> bool:
    from app.admin_views.rights_list import rights

    known = {single for some in rights().values() for single, _title in some}
    return right in known or right in GROUPS or right in READING


@toonbank.command("sign-in")
@click.argument("email")
def sign_in(email: str) -> None:
    """Print a one-time sign-in link for a member of staff."""
    staff = member_of_staff(email)
    click.echo(link_for(staff))
    if has_factor(staff):
        click.echo(f"The second factor is asked for as well. Lost? toonbank user reset-factors {email}", err=True)


def member_of_staff(email: str) -> Staff:
    staff = db.session.scalar(select(Staff).where(func.lower(Staff.email) == email.lower()))
    if staff is None or not staff.active:
        raise click.ClickException(f"there is no active member of staff with the e-mail address {email}")
    return staff


def link_for(staff: Staff) -> str:
    with transaction():
        return sign_in_link(staff)
