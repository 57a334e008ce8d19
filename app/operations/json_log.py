"""The log as lines of JSON, for programs that gather it: TOONBANK_LOG=json."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime

from app.errors import CannotStart

LOG_KINDS = ("", "text", "json")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = record.exc_text or self.formatException(record.exc_info)  # as the scrubbed record has it
        return json.dumps(line, ensure_ascii=False)


def set_up_log() -> None:
    """Raises CannotStart for a kind of log that there is not."""
    kind = os.environ.get("TOONBANK_LOG", "")
    if kind not in LOG_KINDS:
        raise CannotStart(f"TOONBANK_LOG is {kind}: enter json, or leave it out.")
    if kind != "json":
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
