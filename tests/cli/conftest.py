"""A terminal: its commands, on the test's shop."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.arrange import Run


@pytest.fixture(name="run")
def running(app: Flask) -> Run:
    return lambda *words: app.test_cli_runner().invoke(args=["toonbank", *words])
