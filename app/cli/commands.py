"""The group of all commands, and who acts by them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import DBAPIError

from app.errors import CannotStart
from app.history import Actor
from app.locking.database import DatabaseInUse
from app.models import ActorKind
from app.operations import starting
from app.operations.starting import Needs
from app.repeating import counting, is_lost, is_passing, repeat

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Command(click.Command):
    """A command that is only begun when all is there that it needs, and that says in one sentence what lacks."""

    needs = Needs.SCHEMA

    def invoke(self, ctx: click.Context) -> object:
        app = ctx.ensure_object(ScriptInfo).load_app()
        try:
            with app.app_context(), starting.said_plainly():
                starting.look(self.needs, is_new=bool(ctx.params.get("new")))
                return self.do(ctx)
        except (CannotStart, DatabaseInUse) as reason:
            raise click.ClickException(str(reason)) from None

    def do(self, ctx: click.Context) -> object:
        """Anew where the database failed it in passing, unless a part is saved by then."""
        with counting() as count:
            try:
                return repeat(partial(super().invoke, ctx))
            except DBAPIError as error:
                if not is_passing(error) or is_lost(error) or "database is locked" in str(error.orig):
                    raise  # said when it starts, in the same words
                raise CannotStart(NOTHING_SAVED if not count.saved else HALF_DONE) from None


NOTHING_SAVED = "The database is busy with somebody else's work. Nothing was saved; run it again in a moment."
HALF_DONE = (
    "The database is busy with somebody else's work. What was done until then is saved; run it again for the rest."
)


class MakesDatabase(Command):
    needs = Needs.SERVER


class ReplacesDatabase(Command):
    """Also a damaged one, or where there is none."""

    needs = Needs.NOTHING


class Commands(AppGroup):
    command_class = Command


toonbank = Commands("toonbank", help="Toonbank, the order desk.")


def terminal() -> Actor:
    return Actor(ActorKind.PROGRAM, "command line")
