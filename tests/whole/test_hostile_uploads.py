"""Spoilt files in every field that takes one: each is taken whole, or refused with a sentence that says what to do.

Nothing fails unforeseen, nothing takes long, nothing is half stored, and what is stored is shown, read by the worker
and printed afterwards. The fields are found in the source.
"""

from __future__ import annotations

import io
import os
import re
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.account.visiting import COOKIE, PATH
from app.columns import now
from app.extensions import db
from app.history import person
from app.jobs import importing
from app.models import (
    ImportBatch,
    Job,
    JobState,
    StaffSession,
    StatementFile,
    StatementLine,
    StoredFile,
    Ticket,
    TicketMessage,
)
from app.operations import checks
from app.security import sessions
from tests.arrange import work_off
from tests.clients import Client, somebody
from tests.factories import placed_order
from tests.forms import forms_in
from tests.whole.hostile import SEED
from tests.whole.spoilt_files import VALID, spoil_file

#: Of each field so many on each database; TOONBANK_UPLOADS others.
FILES = int(os.environ.get("TOONBANK_UPLOADS", "12"))

#: Seconds of computing that no file may take: a picture of many pixels is drawn anew, a table of 200,000 letters read.
TOO_LONG = 4.0

APP = Path(__file__).parents[2] / "app"
DECLARED = re.compile(
    r"""(\w+)"?\s*[=:]\s*(?:Multiple)?File(?:Upload|Field)\("""
    r"""|type="file"[^>]*? name="(\w+)"|request\.files\.\w+\("(\w+)"\)"""
)

#: How a page says what is wrong, of a field or of the whole.
SENTENCE = re.compile(r'class="field-error"|alert-danger|role="alert"')

#: Every table in which something of a file is kept.
KEPT = (StatementFile, StatementLine, ImportBatch, StoredFile, Ticket, TicketMessage)


def test_each_field_that_takes_a_file_is_tried() -> None:
    sources = [file for ending in ("py", "html") for file in APP.rglob(f"*.{ending}") if "static" not in file.parts]
    found = [one for file in sources for one in DECLARED.findall(file.read_text("utf-8"))]

    assert {name for names in found for name in names if name} == set(VALID)


@pytest.mark.each_database
def test_each_spoilt_file_is_taken_whole_or_refused(
    app: Flask, client: Client, in_app: Any, database_kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with in_app():
        order = placed_order()
        ticket = Ticket(order=order, subject="Where is it?", email="femke@example.org")
        ticket.messages.append(TicketMessage(is_from_customer=True, author="Femke", text="Where?"))
        db.session.add(ticket)
        db.session.flush()
        number, question = order.number, f"/account/question/{ticket.id}"
        secret = sessions.begin_visit("femke@example.org")
        db.session.execute(update(StaffSession).values(proved_at=now() + timedelta(days=1)))  # is not asked again
    client.set_cookie(COOKIE, secret, path=PATH)
    places = {
        "files": "/admin/bank/",
        "file": "/admin/imports/upload",
        "logo": "/admin/company/?id=1",
        "terms": "/admin/administration/?id=1",
        "pictures": question,
    }
    sender = Sender(app, client, in_app, Random(f"{SEED} uploads {database_kind}"))
    for field, page in places.items():
        sender.send_many(field, page)

    work_off(app)
    for page in (*sender.pages, f"/admin/order/{number}"):
        sender.look_at(page)
    with app.app_context():
        assert set(db.session.scalars(select(Job.state))) == {JobState.DONE}
        assert list(checks.findings()) == []
    assert not sender.wrong, "\n".join(sender.wrong)
    assert [one.getMessage() for one in caplog.records if one.levelname in ("ERROR", "CRITICAL")] == []
    assert all(refused for _taken, refused in sender.counts.values())


class Sender:
    """Sends files by the forms of pages, and notes what went wrong."""

    def __init__(self, app: Flask, browser: Client, in_app: Any, random: Random):
        self.app, self.browser, self.in_app, self.random = app, browser, in_app, random
        self.wrong, self.pages = list[str](), set[str]()
        self.counts: dict[str, list[int]] = {}  # of each field how many were taken, and how many refused

    def send_many(self, field: str, page: str) -> None:
        self.counts[field] = [0, 0]
        (form,) = [one for one in forms_in(self.browser.get(page).text) if field in one.files]
        fields = {name: values[-1] for name, values in form.fields.items() if not name.endswith("_token")}
        fields |= {"text": "Here it is"} if field == "pictures" else {}
        self.send(field, form.action or page, fields, *VALID[field]()[0])
        if self.counts[field] != [1, 0]:
            self.wrong.append(f"{field} took not even a valid file")
        for _time in range(FILES):
            self.send(field, form.action or page, fields, *spoil_file(self.random, field))

    def send(self, field: str, to: str, fields: dict[str, str], name: str, content: bytes) -> None:
        said, before, began = f"{field} {name} {content[:80]!r}", self.kept(), time.process_time()
        if field == "file" and self.random.random() < 0.3:
            fields = {**fields, "source": self.random.choice(("csv", "woocommerce", "shopify"))}
        answer = self.browser.post(to, data={**fields, field: (io.BytesIO(content), name)})
        with self.browser.session_transaction() as session:
            flashed = session.pop("_flashes", [])
        is_shown_again = answer.status_code == 200
        is_refused = answer.status_code >= 400 or is_shown_again or any(kind == "error" for kind, _text in flashed)
        self.counts[field][is_refused] += 1
        if is_refused and self.kept() != before:
            self.wrong.append(f"Refused and kept: {said}")
        if field in ("logo", "terms", "pictures") and not is_refused and self.kept() == before:
            self.wrong.append(f"Neither taken nor refused: {said}")
        if is_refused and not flashed and not SENTENCE.search(answer.text):
            self.wrong.append(f"{answer.status_code} without a sentence: {said}")
        if answer.status_code >= 500:
            self.wrong.append(f"{answer.status_code}: {said}")
        if field == "file" and not is_refused:
            self.look_at(answer.headers["Location"], said)
            self.bring_in()
        if (took := time.process_time() - began) > TOO_LONG:
            self.wrong.append(f"{took:.1f} s: {said}")
        self.pages.add(to.removesuffix("upload"))

    def look_at(self, page: str, said: str = "") -> None:
        answer = self.browser.get(page, follow_redirects=True)
        if answer.status_code != 200:
            self.wrong.append(f"{answer.status_code} of {page} after {said}")
        if not said:
            self.pages_of_files(answer.text)

    def pages_of_files(self, page: str) -> None:
        for path in set(re.findall(r'src="(/account/question/[^"]+)"', page)):
            if self.browser.get(path).status_code != 200:
                self.wrong.append(f"Not shown: {path}")

    def bring_in(self) -> None:
        """The worker is to read it: without a mapping, if it needs one."""
        with self.in_app():
            batch_id = db.session.scalars(select(func.max(ImportBatch.id))).one()
            importing.start_import(batch_id, by=person(somebody("owner")), language="en")

    def kept(self) -> list[int]:
        with self.in_app():
            return [db.session.scalar(select(func.count()).select_from(one)) or 0 for one in KEPT]
