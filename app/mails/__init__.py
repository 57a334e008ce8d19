"""What is written to people: queued in the transaction of what it tells about, delivered by the worker afterwards.

A kind of mail is a folder with one text per language; its first line is the subject.
"""

from app.mails.about_returns import queue_about_refund, queue_about_return, words_to_send_back
from app.mails.delivering import Postman, deliver_due
from app.mails.outbox import withdraw_if_waiting, withdraw_waiting
from app.mails.previewing import Preview
from app.mails.queueing import is_queued, preview, queue, queue_again, remember_keys, times_queued, unused_key
from app.mails.scopes import news, scope
from app.mails.server import why_not_ready
from app.mails.staff_mail import queue_to_staff, words_of_key, words_of_task
from app.mails.undoing import (
    PartTold,
    is_held,
    is_of_kind,
    let_go_of_job,
    told_at,
    withdraw_untrue,
)

__all__ = [
    "PartTold",
    "Postman",
    "Preview",
    "deliver_due",
    "is_held",
    "is_of_kind",
    "is_queued",
    "let_go_of_job",
    "news",
    "preview",
    "queue",
    "queue_about_refund",
    "queue_about_return",
    "queue_again",
    "queue_to_staff",
    "remember_keys",
    "scope",
    "times_queued",
    "told_at",
    "unused_key",
    "why_not_ready",
    "withdraw_if_waiting",
    "withdraw_untrue",
    "withdraw_waiting",
    "words_of_key",
    "words_of_task",
    "words_to_send_back",
]
