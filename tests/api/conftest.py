"""A program with a key, and its requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.actions.api_keys import create_key
from app.extensions import db
from app.history import SYSTEM
from app.security.rights import GROUPS
from tests.clients import Caller


class Program(Caller):
    """Sends its key along with every request."""

    key = ""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **dict(kwargs.pop("headers", None) or {})}
        return super().open(*args, headers=headers, **kwargs)


@pytest.fixture
def program_with(app: Flask) -> Callable[..., Program]:
    """A program whose key has these rights."""

    def make(*rights: str) -> Program:
        with app.app_context():
            _token, key = create_key("Warehouse", rights=list(rights), by=SYSTEM)
            db.session.commit()
        made = Program(app, app.response_class)
        made.key = key
        return made

    return make


@pytest.fixture
def program(program_with: Callable[..., Program]) -> Program:
    """A program that may do everything."""
    return program_with("read", *GROUPS)
