"""The log as lines of JSON."""

from __future__ import annotations

import json
import logging

import pytest

from app.errors import CannotStart
from app.operations.json_log import JsonLines, set_up_log


def test_a_line_of_the_log_is_one_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        record = logging.LogRecord("app", logging.ERROR, "", 1, "%s failed", ("it",), (ValueError, error, None))
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "it failed"
    assert "two\nlines" in json.loads(line)["error"]
    assert json.loads(line)["time"].endswith("+00:00")
    monkeypatch.setenv("TOONBANK_LOG", "xml")
    with pytest.raises(CannotStart, match="enter json"):
        set_up_log()
