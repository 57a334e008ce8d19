"""Copies by themselves: one a day, the oldest taken away, and what fails is seen on Home."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.copies import COPIES, ask_for_copy
from app.columns import at, now
from app.extensions import db, transaction
from app.history import SYSTEM
from app.models import CopyRun
from app.operations import backups, copies
from app.queries import shop
from tests.clients import Client

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def folder(database: None, tmp_path: Path) -> Iterator[Path]:
    shop().copies_folder = str(tmp_path / "copies")
    shop().copies_kept = 2
    db.session.commit()
    yield tmp_path / "copies"
    db.session.rollback()


def runs() -> list[CopyRun]:
    return list(db.session.scalars(select(CopyRun).order_by(CopyRun.id)))


def test_one_a_day_after_its_hour_and_the_oldest_goes(folder: Path) -> None:
    with at(NOON.replace(hour=1)):
        assert copies.make_due("w") == 0  # 2 o'clock in Amsterdam
    for day in range(3):
        with at(NOON + timedelta(days=day)):
            assert [copies.make_due("w"), copies.make_due("w")] == [1, 0]

    assert [(run.day, bool(run.file)) for run in runs()] == [
        ("2026-11-28", False),
        ("2026-11-29", True),
        ("2026-11-30", True),
    ]
    kept = {file.name for file in folder.iterdir()}
    assert kept == {Path(run.file).name for run in runs() if run.file}
    assert all(run.size == (folder / Path(run.file).name).stat().st_size for run in runs() if run.file)


def test_zero_makes_none_but_what_somebody_asks_for(folder: Path) -> None:
    shop().copies_kept = 0
    db.session.commit()
    assert copies.make_due("w") == 0
    first, second = ask_for_copy(by=SYSTEM).id, ask_for_copy(by=SYSTEM).id
    db.session.commit()

    assert (first == second, copies.make_due("w")) == (True, 1)
    assert len(list(folder.iterdir())) == 1


def test_a_full_disk_leaves_no_file_and_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_how: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups.archives, "pack", full)
    with at(NOON):
        assert copies.make_due("w") == 0
        assert "No space left on device" in runs()[0].last_error
        assert not list(folder.iterdir())
    monkeypatch.undo()
    with at(NOON + timedelta(minutes=11)):
        assert copies.make_due("w") == 1
    assert (runs()[0].last_error, runs()[0].made_at is not None) == ("", True)


def test_a_copy_that_outlives_its_lease_leaves_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that can't be written down."""
    ask_for_copy(by=SYSTEM)
    db.session.commit()
    with transaction():
        (run_id,) = [run.id for run in COPIES.claim("w")]
    assert copies.make_copy(run_id, folder, "another") is False
    assert not list(folder.iterdir())

    def lost(*_given: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(copies.copies, "note_made", lost)
    with pytest.raises(RuntimeError):
        copies.make_copy(run_id, folder, "w")
    assert not list(folder.iterdir())


def test_home_says_that_none_could_be_made_and_that_the_last_is_old(client: Client, in_app) -> None:
    with in_app():
        db.session.add(CopyRun(day="2026-01-01", last_error="OSError: No space left"))
    assert "No copy could be made: OSError: No space left" in client.get("/admin/").text
    with in_app():
        runs()[0].last_error, runs()[0].made_at = "", now() - timedelta(hours=51)
    assert "The last copy is of" in client.get("/admin/").text
    with in_app():
        shop().copies_kept = 0
    assert "The last copy is of" not in client.get("/admin/").text


def test_the_page_lists_makes_and_hands_over_copies(app: Flask, client: Client, in_app, tmp_path: Path) -> None:
    assert client.post("/admin/copies/make").status_code == 303
    with in_app():
        shop().copies_folder = str(tmp_path)
    with in_app():
        copies.make_due("w")
        file = Path(runs()[0].file)
    page = client.get("/admin/copies/", follow_redirects=True).text
    assert "/admin/copies/1/file" in page

    answer = client.get("/admin/copies/1/file")

    assert (answer.status_code, answer.data) == (200, file.read_bytes())
    assert answer.headers["Cache-Control"] == "no-store"
    file.unlink()
    assert client.get("/admin/copies/1/file").status_code == 404


def test_only_who_holds_the_right_sees_them(signed_in_as) -> None:
    office = signed_in_as("office")
    for answer in (office.get("/admin/copies/"), office.get("/admin/copies/1/file"), office.post("/admin/copies/make")):
        assert answer.status_code in (302, 303, 403)
