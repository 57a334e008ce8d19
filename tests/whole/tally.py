"""What was drawn: how often each action was done or refused, by which way, and for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from app.actions import Action
from app.errors import ActionRefused


class Tally:
    """Counts each time that an action is called, unless another one calls it or the shop is only arranged.

    A pop-up that only says why not is no call.
    """

    def __init__(self) -> None:
        self.way = ""  # by which something is done now; "" while nothing is counted
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.by_way: Counter[tuple[str, bool]] = Counter()
        self.reasons: Counter[str] = Counter()

    def note(self, name: str, reason: str = "") -> None:
        (self.refused if reason else self.done)[name] += 1
        self.by_way[self.way, not reason] += 1
        if reason:
            self.reasons[f"{name}: {reason}"] += 1

    @property
    def share(self) -> float:
        """How much of what was drawn was done."""
        return self.done.total() / max(self.done.total() + self.refused.total(), 1)

    def never_done(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if not self.done[name]]

    def table(self, names: Iterable[str]) -> str:
        """As people read it: each action, each way, and the commonest reasons."""
        actions = [f"{name:24} {self.done[name]:5} done {self.refused[name]:5} refused" for name in names]
        ways = sorted({way for way, _is_done in self.by_way})
        each = [f"{way:24} {self.by_way[way, True]:5} done {self.by_way[way, False]:5} refused" for way in ways]
        common = [f"{count:5} × {reason[:100]}" for reason, count in self.reasons.most_common(25)]
        return "\n".join([*actions, "", *each, "", *common, "", f"{self.share:.0%} of what was drawn was done."])


@contextmanager
def counting(tally: Tally) -> Iterator[None]:
    """Every call of an action is noted meanwhile."""
    call, within = Action.__call__, ContextVar("within", default=False)

    def noted(action: Any, record: Any, /, *args: Any, **how: Any) -> Any:
        if within.get() or not tally.way:
            return call(action, record, *args, **how)
        token = within.set(True)
        try:
            result = call(action, record, *args, **how)
        except ActionRefused as no:
            tally.note(action.name, str(no) or "no reason")
            raise
        finally:
            within.reset(token)
        tally.note(action.name)
        return result

    Action.__call__ = noted  # type: ignore[method-assign]
    try:
        yield
    finally:
        Action.__call__ = call  # type: ignore[method-assign]
