"""Any sequence of all actions, by every way they are done, with imports and undos between, watched at every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle
from random import Random
from typing import Any, ClassVar

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.actions.api_keys import create_key
from app.admin_views import bulk
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
from tests.whole.entered import all_of
from tests.whole.invariants import broken
from tests.whole.moves import Move, draw_move
from tests.whole.tally import Tally
from tests.whole.walked_shop import arrange, elsewhere
from tests.whole.watching import Watch

DRAWN = st.integers(0, 2**32 - 1).map(Random)


class AnySequence(RuleBasedStateMachine):
    """One shop; each rule is a way by which something is done to its orders."""

    database: ClassVar[Database]
    tally: ClassVar[Tally]
    known: ClassVar[Counter[str]] = Counter()  # how often each action was done in earlier runs

    @initialize(random=DRAWN)
    def open_shop(self, random: Random) -> None:
        self.tally.way, self.done_before = "", self.tally.done.copy()
        self.database.renew()
        self.tabs = cycle(["", *TABS])
        self.undo, self.batch, self.to_look_at = "", 0, list[tuple[str, str]]()
        with self.app.app_context():
            arrange(random)
            db.session.commit()
        self.browser: Client = sign_in(self.app, "owner")
        self.program = Program(self.app, self.app.response_class)
        with self.app.app_context():
            self.owner: Actor = person(somebody("owner"))
            refuse([*broken(all_of(Order)), *checks.findings()], "the opening")

    @property
    def app(self) -> Flask:
        return self.database.app

    @property
    def done(self) -> Counter[str]:
        """How often each action was done in this shop, and up to 20 times where it was in an earlier run."""
        here = self.tally.done - self.done_before
        return here + Counter({name: min(times, 20) for name, times in self.known.items()})

    # --- what is done ---

    @rule(random=DRAWN)
    def by_hand(self, random: Random) -> None:
        """A few at once: it is the quickest way."""
        with self.app.app_context():
            for _turn in range(3):
                if move := draw_move(random, self.done):
                    self.do("by hand", str(move), partial(move.action, move.record, by=self.owner, **move.how), move)

    @rule(random=DRAWN)
    def news(self, random: Random) -> None:
        with self.app.app_context():
            _order, said, do = elsewhere(random)
            self.do("news", said, do)

    @rule(random=DRAWN)
    def in_pop_up(self, random: Random) -> None:
        with self.app.app_context():
            move = draw_move(random, self.done)
            path = ways.pop_up_of(move) if move else ""
        if move is None or not path:
            return
        with self.watched("pop-up", f"{path} {move.how}", about=move) as step:
            is_done, sent = ways.press_in_pop_up(self.browser, path, move.how)
            said, self.undo = ways.said_to(self.browser)
            step.is_done = is_done and "error" not in said
            step.how = ways.as_read(move.action, sent)
        if step.is_done and random.random() < 0.2:
            self.press_again(path, sent)

    def press_again(self, path: str, sent: dict[str, Any]) -> None:
        """The same form once more is the same press."""
        with self.watched("pop-up, again", f"{path} again") as step:
            assert self.browser.post(path, data=sent).status_code == 303
            ways.said_to(self.browser)
            step.is_done = False

    @precondition(lambda self: self.undo)
    @rule()
    def press_undo(self) -> None:
        path, self.undo = self.undo, ""
        with self.watched("Undo", f"Undo {path}") as step:
            answer = self.browser.post(path)
            assert answer.status_code in (200, 303, *ways.REFUSED)
            step.is_done = answer.status_code == 303 and "error" not in ways.said_to(self.browser)[0]

    @rule(random=DRAWN)
    def in_row(self, random: Random) -> None:
        with self.app.app_context():
            move = draw_move(random, self.done, bulk.row_actions())
            if move is None or move.order is None or move.order.is_draft:
                return
            number = move.order.number
            move = replace(move, how=move.action.initial_values(move.record))
        with self.watched("row", f"{move.action.name} in the row of {number}", move) as step:
            ways.press_in_row(self.browser, move.action, number)
            step.is_done = "success" in ways.said_to(self.browser)[0]

    @rule(random=DRAWN)
    def above_list(self, random: Random) -> None:
        with self.app.app_context():
            move = draw_move(random, self.done, bulk.bulk_actions())
            if move is None or move.order is None:
                return
            numbers = [move.order.number, *alike(random, move)]
        with self.watched("ticked", f"{move.action.name} on {numbers} with {move.how}", move) as step:
            is_job, step.is_told = ways.press_above_list(self.browser, move.action, numbers, move.how)
            ways.refuse_failed_jobs(self.app)
            step.is_done = is_job or "success" in ways.said_to(self.browser)[0]

    @rule(random=DRAWN)
    def above_records(self, random: Random) -> None:
        """What lists of other records offer for those that are ticked."""
        with self.app.app_context():
            actions = [one for view in ways.lists() for one in view.ticked_actions]
            move = draw_move(random, self.done, actions)
            path, sent = ways.ticked_in_list(move) if move else ("", {})
        if path:
            with self.watched("ticked records", f"{path} {sent}") as step:
                ways.press(self.browser, path, sent)
                step.is_done = {"success", "warning"} & set(ways.said_to(self.browser)[0]) != set()

    @rule(random=DRAWN)
    def by_program(self, random: Random) -> None:
        with self.app.app_context():
            move = draw_move(random, self.done)
            path, body = ways.call_of(move) if move else ("", {})
            _token, self.program.key = create_key("Till", rights=["read", *GROUPS], by=SYSTEM)
            db.session.commit()  # the last one may be out of use
        if move and path:
            with self.watched("program", f"{path} {body}", about=move) as step:
                step.is_done = ways.call(self.program, path, body) == 200

    @rule(random=DRAWN)
    def at_work(self, random: Random) -> None:
        """Mails and messages go, or fail."""
        with self.watched("worker", "the worker's round"), self.app.app_context():
            ways.work_off_mails(random)

    @rule(random=DRAWN)
    def from_file(self, random: Random) -> None:
        """The same file again changes nothing."""
        content = [ways.told_by_shop(random.randint(8001, 8003), random)]
        with self.watched("file", f"import of {content}"):
            self.batch = ways.import_file(self.app, content, notify=random.random() < 0.5, by=self.owner)
        with self.app.app_context():
            before = Watch()
        ways.import_file(self.app, content, notify=True, by=self.owner)
        with self.app.app_context():
            before.look()
            refuse([str(order) for order in before.changed()], f"{content} again")

    @precondition(lambda self: self.batch)
    @rule(random=DRAWN)
    def undo_import(self, random: Random) -> None:
        with self.app.app_context():
            batch_id = random.choice(ways.batches())
        with self.watched("file", f"Undo of import {batch_id}"):
            ways.undo_import(self.app, batch_id, by=self.owner)

    # --- what must hold ---

    def do(self, way: str, said: str, act: Callable[[], object], move: Move | None = None) -> None:
        """In the app context that is open, and committed."""
        self.tally.way = way
        step = Step(Watch(), move)
        try:
            act()
            db.session.commit()
        except ActionRefused:
            db.session.rollback()
            step.is_done = False
        self.look(step, said)

    @contextmanager
    def watched(self, way: str, said: str, about: Move | None = None) -> Iterator[Step]:
        self.tally.way = way
        with self.app.app_context():
            step = Step(Watch(), about)
        yield step
        with self.app.app_context():
            self.look(step, said)

    def look(self, step: Step, said: str) -> None:
        """What must hold; the pages of what changed are asked for when no session is open any more."""
        before = step.before
        before.look()
        if not step.is_done:
            refuse([f"{before.touched()} changed, though it was refused"] if before.touched() else [], said)
            db.session.rollback()
            return
        changed = before.changed()
        unkept = [one for move in step.moves(changed) for one in before.broken_promise(move)]
        refuse([*before.unsaid(), *before.rewritten(), *unkept, *broken(changed)], said)
        self.to_look_at += [(order.number, said) for order in before.changed()]
        db.session.rollback()

    @invariant()
    def nothing_is_found(self) -> None:
        """What `toonbank check` says."""
        with self.app.app_context():
            refuse(list(checks.findings()) if self.to_look_at else [], str(self.to_look_at))

    @invariant()
    def every_page_answers(self) -> None:
        """Of each order that changed one of its tabs: the next one each time."""
        for number, said in self.to_look_at:
            path = f"/admin/order/{number}?tab={next(self.tabs)}"
            page = self.browser.get(path, follow_redirects=True)
            assert page.status_code == 200, f"{path}: {page.status_code} after {said}"
        self.to_look_at = []


@dataclass
class Step:
    """Something that is done: what was stored before, and whether it was done."""

    before: Watch
    about: Move | None = None
    is_done: bool = True
    how: dict[str, Any] = field(default_factory=dict)  # as a browser sent it, where that is not as it was drawn
    is_told: bool | None = None  # of many orders at once: whether their customers are

    def moves(self, changed: list[Order]) -> list[Move]:
        """What was done to which record."""
        if self.about and self.is_told is not None:
            return [Move(self.about.action, order, {"notify": self.is_told}) for order in changed]
        again = self.about.found_again() if self.about else None
        return [replace(again, how=again.how | self.how)] if again else []


def alike(random: Random, move: Move) -> list[str]:
    """Other orders, mostly such as the action can be done to."""
    orders = [one for one in all_of(Order) if not one.is_draft and one is not move.record]
    some = random.sample(orders, random.randint(0, 3))
    return [one.number for one in some if random.random() < 0.2 or not move.action.why_not(one)]


def refuse(found: list[str], said: str) -> None:
    assert not found, "\n".join([*found, f"after {said}"])
