"""A shop as it is installed: in a folder or a database of its own, that other processes find, and its commands."""

from __future__ import annotations

from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Order
from tests.databases import forget_connections


def forget(app: Flask) -> None:
    """This process uses the database no more, so that it is in nobody's way."""
    forget_connections(app)
    from app.locking import database

    for lock in database.held.values():
        lock.release()
    database.held.clear()


def toonbank(app: Flask, *arguments: str) -> Result:
    """The command in this process, as if that had done nothing before."""
    forget(app)
    done = app.test_cli_runner().invoke(args=["toonbank", *arguments])
    forget(app)
    return done


def numbers(app: Flask) -> list[str]:
    with app.app_context():
        found = list(db.session.scalars(select(Order.number).order_by(Order.id)))
    forget(app)
    return found
