"""The group of all commands, and who acts by them."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.history import Actor
from app.locking.database import DatabaseInUse
from app.models import ActorKind

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Commands(AppGroup):
    """Commands that say in one sentence when the database is not to be had."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except DatabaseInUse as reason:
            raise click.ClickException(str(reason)) from None


toonbank = Commands("toonbank", help="Toonbank, the order desk.")


def terminal() -> Actor:
    return Actor(ActorKind.PROGRAM, "command line")
