"""What becomes of mails while one thing is done: whoever runs an action opens a scope round it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from app.models import OutgoingMail


@dataclass
class Scope:
    """An action, from its beginning to its end: what takes it back, and what became of mails by it."""

    is_begun: bool = False
    undone_by: str = ""
    undone_on_id: int | None = None
    queued: list[OutgoingMail] = field(default_factory=list)
    withdrawn: list[OutgoingMail] = field(default_factory=list)
    gone: list[OutgoingMail] = field(default_factory=list)  # they tell what is taken back, and went before


scope_here: ContextVar[Scope | None] = ContextVar("scope_here", default=None)


@contextmanager
def scope() -> Iterator[Scope]:
    """The scope that is open, else a new one: an action inside another one is a part of it."""
    if (outer := scope_here.get()) is not None:
        yield outer
        return
    token = scope_here.set(Scope())
    try:
        yield scope_here.get() or Scope()
    finally:
        scope_here.reset(token)


def news() -> Scope:
    """What has become of mails in the scope that is open."""
    return scope_here.get() or Scope()
