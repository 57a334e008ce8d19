"""Going back to the database of an earlier version."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import downgrade

from app.extensions import db


def go_back_before(revision: str) -> None:
    """To the database as it was before the migration of this number; the session begins anew."""
    migrations = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    db.session.remove()
    downgrade(revision=migrations.get_revision(revision).down_revision)
