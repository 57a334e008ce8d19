"""Mails to the staff themselves: no customer, and not always an order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from app.config import site_address
from app.history import Actor, Happened, record
from app.mails.addresses import one_line
from app.mails.queueing import add_once, is_queued, new_message_id
from app.mails.texts import fill_in_text, language_for
from app.mails.words import about_shop, day
from app.models import ApiToken, Order, OutgoingMail, Staff, Task
from app.queries import shop

Words = dict[str, str]


def queue_to_staff(
    kind: str,
    staff: Staff,
    say: Callable[[str], Words],
    *,
    once_key: str,
    by: Actor,
    order: Order | None = None,
    address: str = "",
) -> OutgoingMail | None:
    """Write the mail in the person's own language; `say` gives its words in a language.

    `address` is another than theirs.

    When a mail with this `once_key` is there already, or the shop has switched this kind off, nothing is written and
    None returned.
    """
    if kind in shop().mails_off or is_queued(once_key):
        return None
    language = language_for(staff.language, shop().language)
    text = fill_in_text(kind, language, say(language))
    new = OutgoingMail(
        kind=kind,
        once_key=once_key,
        order_id=order.id if order else None,
        language=language,
        to_name=one_line(staff.name),
        to_address=address or staff.email,
        subject=text.subject,
        body=text.body,
        message_id=new_message_id(),
        is_demo=bool(order and order.is_demo),
    )
    mail = add_once(new)
    if mail is None:
        return None

    record(Happened.MAIL_QUEUED, order, by, subject=mail, mail_subject=mail.subject, address=mail.to_address, kind=kind)
    return mail


def words_of_task(task: Task, language: str) -> Words:
    """The words of the mail that reminds of a task; "" leaves out the line that names it."""
    return {
        **about_shop(shop()),
        "staff_name": one_line(str(task.assignee or "")),
        "task": task.description,
        "task_title": one_line(task.description)[:100],
        "task_due": moment(task.due_at, language) if task.due_at else "",
        "task_order": task.order.number if task.order else "",
        "task_link": link_to(task),
    }


def words_of_key(token: ApiToken, language: str) -> Words:
    """The words of the mail that says that a key runs out; "" leaves out the line that names it."""
    return {
        **about_shop(shop()),
        "staff_name": one_line(str(token.staff or "")),
        "key_title": one_line(token.title),
        "key_until": day(token.expires_on, language) if token.expires_on else "",
        "keys_link": f"{site_address()}/admin/api-keys/" if site_address() else "",
    }


def moment(value: datetime, language: str) -> str:
    return f"{day(value, language)} {value.astimezone(ZoneInfo(shop().time_zone)):%H:%M}"


def link_to(task: Task) -> str:
    """Where the task is found; "" when nobody said where Toonbank itself is."""
    path = f"order/{task.order.number}" if task.order else f"task/{task.id}/change_task"
    return f"{site_address()}/admin/{path}" if site_address() else ""
