"""The group of all commands, and who acts by them."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup, ScriptInfo

from app.errors import CannotStart
from app.history import Actor
from app.locking.database import DatabaseInUse
from app.models import ActorKind
from app.operations import starting
from app.operations.starting import Needs

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Command(click.Command):
    """A command that is only begun when all is there that it needs, and that says in one sentence what lacks."""

    needs = Needs.SCHEMA

    def invoke(self, ctx: click.Context) -> object:
        app = ctx.ensure_object(ScriptInfo).load_app()
        try:
            with app.app_context(), starting.said_plainly():
                starting.look(self.needs, is_new=bool(ctx.params.get("new")))
                return super().invoke(ctx)
        except (CannotStart, DatabaseInUse) as reason:
            raise click.ClickException(str(reason)) from None


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
