"""Running an action from a page: the one place that locks the order, commits, and says what happened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from flask import abort, flash, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, NotFound

from app import mails, queries
from app.actions import ACTIONS, Action
from app.admin_views.mail_news import MailNews, Toast
from app.admin_views.signin import actor, demand_right, may
from app.errors import ActionRefused, ChangedMeanwhile, DoneAlready, is_held, say_failed
from app.extensions import transaction
from app.history import Actor
from app.repeating import Patience, is_in_doubt, is_passing, repeat
from app.security import form_tokens

Found = TypeVar("Found")

log = logging.getLogger(__name__)

#: After one of these it makes no sense to go on.
DATABASE_IS_AWAY = (OperationalError, InterfaceError)


def itself(found: Found) -> Found:
    return found


def run_on_order(action: Action, number: str, /, **how: Any) -> Any:
    """Run the action on the order of this number; see `run_locked`."""
    return run_locked(action, partial(queries.locked_order, number), **how)


@dataclass(frozen=True)
class AlreadyLocked(Generic[Found]):
    """What was locked by `lock_anew` in this transaction, to be run on as it is."""

    found: Found

    def __call__(self) -> Found:
        return self.found


def lock_anew(lock: Callable[[], Found | None]) -> Found:
    """What `lock` finds, before any fact is read; 404 when there is no such thing."""
    form_tokens.begin_anew()  # what a page shows was read already; the lock comes before every fact
    return lock() or abort(404)


def run_locked(
    action: Action,
    lock: Callable[[], Any],
    /,
    *,
    on: Callable[[Any], Any] = itself,
    seen: int | None = None,
    before_commit: Callable[[Any, Any], object] | None = None,
    **how: object,
) -> Any:
    """Run the action on what `lock` finds, or on what `on` finds in that, and commit; returns the action's result.

    `before_commit` sees what was changed, and the result, while all of it is still at hand.

    The lock comes before anything is read, so two people at once get one effect. `seen` is the version of what is
    locked that the person looked at. Raises ActionRefused or ChangedMeanwhile, then nothing is saved; 403 without
    the right; 404 when there is no such thing.
    """
    demand_right(action.right)
    try:
        with transaction(), mails.scope():  # a lock that can't be had ends it as well
            locked = lock() if isinstance(lock, AlreadyLocked) else lock_anew(lock)
            if seen is not None and seen != (version := getattr(locked, "version", 0)):  # some records have none
                raise ChangedMeanwhile(seen, version)
            result = action(on(locked) or abort(404), by=actor(), **how)
            if before_commit:
                before_commit(locked, result)
    except StaleDataError:
        raise ChangedMeanwhile(seen or 0, 0) from None
    return result


Result = TypeVar("Result")


def run_alone(right: str, act: Callable[[Actor], Result]) -> Result:
    """Do what is about no order that is there yet, and commit; 403 without the right.

    `act` is told who does it, and reads what it decides on in this transaction.
    """
    demand_right(right)
    form_tokens.begin_anew()
    with transaction():
        return act(actor())


# --- on many, one by one --------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What became of many: what those are called that it was done to, per reason those that refused or failed, and
    those whose turn did not come."""

    done: list[str] = field(default_factory=list)
    refused: dict[str, list[str]] = field(default_factory=dict)
    untried: list[str] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)  # of those that it was done to, among all of them
    message: Toast = field(default_factory=dict)  # what is said of those that it was done to

    def flash(self, done: str) -> None:
        """`done` is said of those that it was done to, if any."""
        if self.done:
            message = {**self.message, "text": f"{done}{self.message.get('text', '')}"}
            flash(message if len(message) > 1 else message["text"], "success")  # type: ignore[arg-type]
        for reason, which in self.refused.items():
            flash(_("%(orders)s: %(reason)s", orders=shorten_list(which), reason=reason), "error")
        if self.untried:
            flash(_("%(orders)s: not tried, and unchanged.", orders=shorten_list(self.untried)), "error")

    def flash_counts(self, done: Callable[[int], str], unchanged: Callable[[int], str]) -> None:
        """Of records that have no names to tell them by: how many, in the words of their list."""
        if self.done:
            flash(done(len(self.done)), "success")
        for reason, which in self.refused.items():
            flash(f"{unchanged(len(which))} {reason}", "warning")


def run_on_each(action: Action, numbers: list[str], /, *, back: str, **how: object) -> None:
    """Run the action on many orders, and flash a report, with Undo where there is one; that leads `back`."""
    report = run_each(action, [(number, partial(queries.locked_order, number)) for number in numbers], **how)
    if action.undo and action.bulk and report.done and may(ACTIONS[action.undo].right):
        report.message["undo"] = url_for("order.undo_on_many")
        report.message["fields"] = [["undoes", action.name], ["url", back], *(["rowid", one] for one in report.done)]
    count = len(report.done)
    said = ngettext(
        "%(action)s: %(num)s order changed.", "%(action)s: %(num)s orders changed.", count, action=action.title
    )
    report.flash(said)


def run_each(action: Action, records: Sequence[tuple[str, Callable[[], object]]], /, **how: Any) -> Report:
    """Run the action on many, each in a transaction of its own; of each what it is called, and what locks it.

    Whatever happens to one, what became of each of them is in the report.
    """
    report, told, patience = Report(), MailNews(), Patience()
    for position, (name, lock) in enumerate(records):
        try:
            run_it = partial(run_locked, action, lock, before_commit=lambda _on, _result: told.add(mails.news()), **how)
            result = repeat(run_it, patience)
            if reason := action.in_vain(result):
                report.refused.setdefault(reason, []).append(name)
            else:
                report.done.append(name)
                report.positions.append(position)
        except DoneAlready:
            raise  # another press has done it, and has its report
        except (ActionRefused, ChangedMeanwhile) as no:
            report.refused.setdefault(str(no), []).append(name)
        except NotFound:
            report.refused.setdefault(_("It is no longer there."), []).append(name)
        except HTTPException:
            raise
        except Exception as error:
            log.exception("%s failed on %s", action.name, name)
            report.refused.setdefault(say_what_failed(error), []).append(name)
            if isinstance(error, DATABASE_IS_AWAY) and not is_held(error):
                report.untried = [name for name, _lock in records[position + 1 :]]
                break
    report.message = told.message()
    return report


def say_what_failed(error: Exception) -> str:
    if is_in_doubt(error):
        return _("The database went away while it saved this: look at it before you do it again.")
    if is_passing(error) and not is_held(error):
        return _("The database was busy or away, and it is unchanged. Try again in a moment.")
    return say_failed(error)


def shorten_list(numbers: list[str], most: int = 5) -> str:
    shown = ", ".join(numbers[:most])
    return shown if len(numbers) <= most else _("%(some)s and %(count)s more", some=shown, count=len(numbers) - most)
