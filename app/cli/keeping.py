"""The settings by their names; looking whether all is right; copies, and putting one back."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from app.cli.commands import EXISTING_FILE, ReplacesDatabase, terminal, toonbank
from app.encryption.passphrases import is_locked
from app.errors import ActionRefused
from app.extensions import looking_at_one_moment
from app.operations import backups, checks, moving, restoring, sealing, verifying
from app.operations.archives import NeedsPassphrase
from app.operations.exchanging import CanNotRestore
from app.operations.row_copying import CopyFailed
from app.operations.secrets_key import key_place, rotate_key
from app.queries import planner
from app.queries.records import last_seal
from app.security.security_log import AT_TERMINAL, SecurityKind, note_aside


@toonbank.command("settings")
@click.argument("given", nargs=-1, metavar="[NAME | NAME=VALUE]...")
def settings(given: tuple[str, ...]) -> None:
    """Read the settings by their names, or set them: all that are given, or none of them."""
    from app.admin_views.settings.by_name import change_settings, read_settings

    values = dict(one.split("=", 1) for one in given if "=" in one)
    try:
        changed = change_settings(values, by=terminal()) if values else {}
        read = read_settings([one for one in given if "=" not in one]) if len(values) < len(given) or not given else {}
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    for name, (before, after) in changed.items():
        click.echo(f"{name}={after}  (was: {before})" if before else f"{name}={after}")
    for name, value in read.items():
        click.echo(f"{name}={value}")


@toonbank.command("check")
@click.option(
    "--seal", "noted", default="", help="A seal that was written down earlier: it must still be in the books."
)
def check(noted: str) -> None:
    """Look for gaps in numbers, states that don't follow from the facts, ledgers and prints that don't fit.

    A warning is no fault of the books, but something that the shop should mend.
    """
    try:
        with looking_at_one_moment(), checks.much_memory():
            found = list(checks.look_at_all(noted))
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    findings = [one.sentence for one in found if not one.is_warning]
    warnings = [one.sentence for one in found if one.is_warning]
    for finding in findings:
        click.echo(finding)
    for warning in warnings:
        click.echo(f"warning: {warning}")
    said = [f"{len(findings)} findings"] * bool(findings) + [f"{len(warnings)} warnings"] * bool(warnings)
    click.echo(", ".join(said) or "All is well.")
    if seal := last_seal():
        click.echo(f"The last seal is {seal}. Write it down elsewhere")
    sys.exit(1 if findings else 0)


@toonbank.command("seal")
def seal() -> None:
    """Seal what waits, and print the last seal: written down elsewhere, it proves later that nothing was cut off."""
    sealing.seal_all()
    click.echo(last_seal() or "Nothing is sealed yet.")


PASSPHRASE = click.option(
    "--passphrase-file",
    type=EXISTING_FILE,
    help="A file with the passphrase that protects the copy; else what TOONBANK_BACKUP_PASSPHRASE says, if anything.",
)


@toonbank.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@PASSPHRASE
@click.option("--without-keys", is_flag=True, help="Leave the keys out, which nobody needs who restores it here.")
@click.option("--verify", is_flag=True, help="Restore it into a temporary place and check it; also one that is there.")
def backup(file: Path, passphrase_file: Path | None, without_keys: bool, verify: bool) -> None:
    """Write a consistent copy of everything to FILE, also while people work; with .sqlite, the database alone."""
    passphrase = passphrase_of(passphrase_file)
    try:
        if not (verify and file.exists()):
            backups.backup(file, passphrase=passphrase, with_keys=not without_keys)
            note_aside(SecurityKind.BACKED_UP, account=AT_TERMINAL, detail=file.name)
            click.echo(f"Copied to {file}")
            if not passphrase and not without_keys and file.suffix != backups.BARE:
                click.echo(
                    "It holds the keys of the shop: keep it where nobody else reads it, or protect it by a passphrase."
                )
        findings = verifying.verify(file, passphrase) if verify else []
    except (FileExistsError, CopyFailed, CanNotRestore, NeedsPassphrase) as reason:
        raise click.ClickException(str(reason)) from None
    for finding in findings:
        click.echo(finding)
    if verify:
        click.echo(f"{file}: {f'{len(findings)} findings' if findings else 'whole, and all is well.'}")
    sys.exit(1 if findings else 0)


def passphrase_of(file: Path | None) -> str:
    try:
        return file.read_text().strip() if file else os.environ.get("TOONBANK_BACKUP_PASSPHRASE", "")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is no text in UTF-8: nothing was done.") from None


@toonbank.command("restore", cls=ReplacesDatabase)
@click.argument("file", type=EXISTING_FILE)
@PASSPHRASE
@click.option("--yes", is_flag=True, help="Don't ask; without a terminal needed where something would be lost.")
def restore(file: Path, passphrase_file: Path | None, yes: bool) -> None:
    """Put a copy back, while nothing runs; what was there is kept beside it."""
    passphrase = passphrase_of(passphrase_file)
    if not passphrase and file.is_file() and is_locked(file) and sys.stdin.isatty():
        passphrase = click.prompt("Passphrase", hide_input=True)
    try:
        with restoring.exchange(file, passphrase) as change:
            for loss in change.losses:
                click.echo(loss)
            if note := change.note_on_copies():
                click.echo(note)
            if not yes:
                ask_whether_to_restore(change)
            kept = change.carry_out()
    except (CanNotRestore, CopyFailed, NeedsPassphrase) as reason:
        raise click.ClickException(str(reason)) from None
    note_aside(SecurityKind.RESTORED, account=AT_TERMINAL, detail=file.name)
    planner.gather_statistics()
    click.echo(f"Restored from {file}")
    if kept:
        click.echo(f"What was there before is kept in {kept}")
    if change.former is None and restoring.SET_NUMBERS not in change.losses:
        click.echo(restoring.SET_NUMBERS)
    if change.is_older:
        click.echo("It is of an older version: `flask --app wsgi toonbank init` brings it up to date.")


def ask_whether_to_restore(change: restoring.Exchange) -> None:
    if sys.stdin.isatty():
        click.confirm("This replaces everything in the database. Go on?", abort=True)
    elif change.losses:
        raise CanNotRestore("Nothing was restored. To lose that, add --yes.")


@toonbank.command("rotate-key")
def change_key() -> None:
    """Encrypt passwords and keys of shops anew with a new key, while nothing runs."""
    sealed, lost = rotate_key()
    click.echo(f"{sealed} secrets are encrypted with a new key.")
    place = key_place()
    if lost:
        old = f"leave the old key in {place}" if place else "the old key stays in credentials_key"
        raise click.ClickException(
            f"{lost} could not be read and stay as they are: {old} behind the new one. "
            "`toonbank check` names them: enter them anew, and run this once more."
        )
    if place:
        click.echo(f"Now take the old key out of {place}.")
    click.echo("Copies made before need the key that was there before: keep their archive, or make a new copy now.")


@toonbank.command("move")
@click.option("--to", required=True, metavar="URL", help="postgresql://user:password@host/database, or sqlite:///FILE.")
def move_shop(to: str) -> None:
    """Move the shop to another kind of database, while nothing runs; what is here stays as it is.

    Every table is compared afterwards. One that was interrupted goes on where it was.
    """
    try:
        totals = moving.move_rows(to)
    except CopyFailed as reason:
        raise click.ClickException(str(reason)) from None
    for name, total in sorted(totals.items()):
        click.echo(f"{name}: {total.rows} rows, {total.digest:032x}")
    if totals:
        rows = sum(total.rows for total in totals.values())
        click.echo(f"Moved: {rows} rows in {len(totals)} tables, all as they were.")
    else:
        click.echo("All of it was moved there already; what was done here since is not there.")
    click.echo(f"Now set DATABASE_URL={to} wherever Toonbank runs, then look at it: toonbank check")
