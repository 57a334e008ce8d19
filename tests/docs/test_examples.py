"""The examples of the docs, run as they stand: one shell per page, and what each prints compared with what it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Arrival, Order
from app.operations.worker import read_events
from tests.factories import new_connection

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```sh\n(.*?)```(?:\s*```json\n(.*?)```)?", re.DOTALL)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a real port."""
    server = waitress.create_server(app, host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def run(page: str, app: Flask, address: str, folder: Path, **variables: str) -> list[tuple[str, str]]:
    """Run all examples of a page in one shell; for each what it printed and what the page says that it prints."""
    text = (ROOT / "docs" / page).read_text().replace("http://127.0.0.1:8000", address)
    examples = BLOCK.findall(text)
    script = ["set -e", *(f"{{\n{code}\n}} > {folder}/{number}" for number, (code, _) in enumerate(examples))]
    environment = {
        **os.environ,
        "PATH": f"{Path(os.sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # type: ignore[attr-defined]
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "TOONBANK": address,
        **variables,
    }
    done = subprocess.run(
        ["sh", "-c", "\n".join(script)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr + "".join(file.read_text() for file in sorted(folder.iterdir()))
    return [((folder / str(number)).read_text(), shown) for number, (_, shown) in enumerate(examples)]


def holds(given: Any, shown: Any) -> bool:
    """Whether everything that is shown is in what was given; what is not shown may be there too."""
    if isinstance(shown, dict):
        return all(name in given and holds(given[name], value) for name, value in shown.items())
    if isinstance(shown, list):
        return len(given) == len(shown) and all(map(holds, given, shown))
    return bool(given == shown)


def test_the_examples_of_the_api_do_what_they_show(app: Flask, address: str, tmp_path: Path) -> None:
    results = run("api.md", app, address, tmp_path)

    assert len(results) >= 8
    for printed, shown in results:
        if shown:
            assert holds(json.loads(printed), json.loads(shown)), f"{printed}\nis not what the page shows:\n{shown}"


def test_the_example_of_a_webhook_brings_an_order_in(app: Flask, address: str, tmp_path: Path) -> None:
    with app.app_context():
        db.session.add(new_connection(title="My shop", key="a-key", secret="a secret"))
        db.session.commit()

    results = run("webhooks.md", app, address, tmp_path, CONNECTION="a-key", SECRET="a secret")

    assert [printed for printed, _ in results] == ["stored\n"]
    with app.app_context():
        read_events()
        assert db.session.scalars(select(Arrival.result)).all() == ["added"]
        assert db.session.scalars(select(Order.external_id)).all() == ["727"]
