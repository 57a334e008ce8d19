"""Any sequence of all actions, by every way they are done, with imports and undos between, watched at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from random import Random
from typing import ClassVar

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from app.actions.api_keys import create_key
from app.admin_views.dashboard.tabs import TABS
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Actor, person
from app.models import Order
from app.operations import checks
from app.security.rights import GROUPS
from tests.clients import Client, Program, sign_in, somebody
from tests.databases import Database
from tests.whole import ways
from tests.whole.invariants import broken
from tests.whole.moves import Move, draw_move
from tests.whole.walked_shop import arrange, elsewhere
from tests.whole.watching import Watch

DRAWN = st.integers(0, 2**32 - 1).map(Random)


class AnySequence(RuleBasedStateMachine):
    """One shop; each rule is a way by which something is done to its orders."""

    database: ClassVar[Database]

    @initialize(random=DRAWN)
    def open_shop(self, random: Random) -> None:
        self.database.renew()
        self.tabs = cycle(["", *TABS])
        self.undo, self.batch, self.to_look_at = "", 0, list[tuple[str, str]]()
        with self.app.app_context():
            arrange(random)
            _token, key = create_key("Till", rights=["read", *GROUPS], by=SYSTEM)
            db.session.commit()
        self.browser: Client = sign_in(self.app, "owner")
        self.program = Program(self.app, self.app.response_class)
        self.program.key = key
        with self.app.app_context():
            self.owner: Actor = person(somebody("owner"))

    @property
    def app(self) -> Flask:
        return self.database.app

    # --- what is done ---

    @rule(random=DRAWN)
    def by_hand(self, random: Random) -> None:
        """A few at once: it is the quickest way."""
        with self.app.app_context():
            for _turn in range(3):
                if move := draw_move(random):
                    self.do(str(move), partial(move.action, move.record, by=self.owner, **move.how), move)

    @rule(random=DRAWN)
    def news(self, random: Random) -> None:
        with self.app.app_context():
            _order, said, do = elsewhere(random)
            self.do(said, do)

    @rule(random=DRAWN)
    def in_pop_up(self, random: Random) -> None:
        with self.app.app_context():
            move = draw_move(random)
            path = ways.pop_up_of(move) if move else ""
        if path:
            with self.watched(path):
                self.undo = ways.press_in_pop_up(self.browser, path, random)

    @precondition(lambda self: self.undo)
    @rule()
    def press_undo(self) -> None:
        path, self.undo = self.undo, ""
        with self.watched(f"Undo {path}"):
            assert self.browser.post(path).status_code in (200, 303, *ways.REFUSED)

    @rule(random=DRAWN)
    def in_row(self, random: Random) -> None:
        with self.watched("in a row"):
            ways.press_in_row(self.browser, random.choice(self.numbers()), random)

    @rule(random=DRAWN)
    def above_list(self, random: Random) -> None:
        with self.watched("above the list"):
            numbers = random.sample(self.numbers(), random.randint(1, 4))
            ways.press_above_list(self.browser, numbers, random)
            ways.refuse_failed_jobs(self.app)

    @rule(random=DRAWN)
    def by_program(self, random: Random) -> None:
        with self.app.app_context():
            move = draw_move(random)
            path, body = ways.call_of(move) if move else ("", {})
        if path:
            with self.watched(f"{path} {body}"):
                ways.call(self.program, path, body)

    @rule(random=DRAWN)
    def from_file(self, random: Random) -> None:
        """The same file again changes nothing."""
        content = [ways.told_by_shop(random.randint(8001, 8003), random)]
        with self.watched(f"import of {content}"):
            self.batch = ways.import_file(self.app, content, notify=random.random() < 0.5, by=self.owner)
        before = self.watch()
        ways.import_file(self.app, content, notify=True, by=self.owner)
        with self.app.app_context():
            refuse([str(order) for order in before.changed()], f"{content} again")

    @precondition(lambda self: self.batch)
    @rule(random=DRAWN)
    def undo_import(self, random: Random) -> None:
        with self.app.app_context():
            batch_id = random.choice(ways.batches())
        with self.watched(f"Undo of import {batch_id}"):
            ways.undo_import(self.app, batch_id, by=self.owner)

    # --- what must hold ---

    def do(self, said: str, act: Callable[[], object], move: Move | None = None) -> None:
        """In the app context that is open, and committed."""
        before = Watch()
        try:
            act()
            db.session.commit()
        except ActionRefused:
            db.session.rollback()
            return
        unkept = before.broken_promise(move) if move else []
        refuse([*before.unsaid(), *unkept, *broken(before.changed()), *checks.findings()], said)
        self.look_later(before, said)

    @contextmanager
    def watched(self, said: str) -> Iterator[None]:
        before = self.watch()
        yield
        with self.app.app_context():
            refuse([*before.unsaid(), *broken(before.changed()), *checks.findings()], said)
            self.look_later(before, said)

    def watch(self) -> Watch:
        with self.app.app_context():
            return Watch()

    def look_later(self, before: Watch, said: str) -> None:
        """The pages of what changed are asked for when no session is open any more."""
        self.to_look_at += [(order.number, said) for order in before.changed()]
        db.session.rollback()

    @invariant()
    def every_page_answers(self) -> None:
        """Of each order that changed one of its tabs: the next one each time."""
        for number, said in self.to_look_at:
            path = f"/admin/order/{number}?tab={next(self.tabs)}"
            page = self.browser.get(path, follow_redirects=True)
            assert page.status_code == 200, f"{path}: {page.status_code} after {said}"
        self.to_look_at = []

    def numbers(self) -> list[str]:
        with self.app.app_context():
            return list(db.session.scalars(select(Order.number).where(Order.is_draft.is_(False)).order_by(Order.id)))


def refuse(found: list[str], said: str) -> None:
    assert not found, "\n".join([*found, f"after {said}"])
