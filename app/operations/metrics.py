"""/metrics for Prometheus: requests and their time by route, and what waits.

Requests are counted in memory, of this process or of all that serve together, and cost no statement. What waits is
counted when somebody asks for it, each kind up to a cap. It is for whoever has the token of TOONBANK_METRICS_TOKEN.
Without one there is no such page: that somebody calls from this machine says nothing, for a proxy does, too.
"""

from __future__ import annotations

import hmac
import os
import time
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.columns import now
from app.connections.writing import WRITES
from app.extensions import db
from app.jobs.heartbeat import SILENCE
from app.mails.outbox import MAILS
from app.models import (
    Connection,
    CopyRun,
    EInvoiceSending,
    EInvoiceState,
    Job,
    JobState,
    MailState,
    OutgoingMail,
    Outside,
    Pull,
    PullState,
    ShopWrite,
    WebhookDelivery,
    WorkerHeartbeat,
)
from app.queries.counting import count_capped, rows_in
from app.queries.outages import current_outages
from app.webhooks import DELIVERIES

metrics = Blueprint("metrics", __name__)

#: All other words are counted as one, or whoever makes up words would fill our memory.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

#: No further is counted what waits.
MOST_WAITING = 10_000

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


# --- what this process has answered ---------------------------------------------------------------------------------


class Measures:
    """Of one process, since it started; of all that share the folder, where there is one."""

    def __init__(self, folder: Path | None = None) -> None:
        self.registry, self.folder = CollectorRegistry(), folder
        by_answer = ["route", "method", "status"]
        self.requests = Counter("toonbank_requests", "Requests answered", by_answer, registry=self.registry)
        self.seconds = Histogram(
            "toonbank_request_seconds",
            "Seconds until the answer began",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )

    def say(self) -> bytes:
        """All of it, as Prometheus reads it."""
        said = self.registry
        if self.folder is not None:
            said = CollectorRegistry()
            MultiProcessCollector(said, str(self.folder))
        waiting = CollectorRegistry()
        waiting.register(Waiting())
        return generate_latest(said) + generate_latest(waiting)

    def note(self, status: int, seconds: float) -> None:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method
        self.requests.labels(route, method if method in METHODS else "other", str(status)).inc()
        self.seconds.labels(route).observe(seconds)


def measure_requests(app: Flask) -> None:
    """Before anything that answers."""
    app.extensions["measures"] = Measures()

    @app.before_request
    def begin() -> None:
        g.began_at = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if "began_at" in g:  # not where the session could not even be opened
            measures_of(app).note(response.status_code, time.perf_counter() - g.began_at)
        return response


def measures_of(app: Flask) -> Measures:
    found: Measures = app.extensions["measures"]
    return found


def measure_together(app: Flask, folder: Path, number: int) -> None:
    """Count in files of the folder from now on, as the process of this number: whoever takes its place counts on."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: number)
    app.extensions["measures"] = Measures(folder)


# --- what waits -----------------------------------------------------------------------------------------------------


class Waiting(Collector):
    """Asked of the database when somebody asks for it."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> list[GaugeMetricFamily]:
        try:
            found = [queue_lengths(), connection_states(), *signs_of_life(), outage_states()]
        except SQLAlchemyError:
            db.session.rollback()
            found = []
        answers = GaugeMetricFamily("toonbank_database_up", "Whether the database answers", value=bool(found))
        return [answers, *found]


def queue_lengths() -> GaugeMetricFamily:
    """All in one statement."""
    queues = {
        "mails": rows_in(OutgoingMail, MAILS.unfinished),
        "failed_mails": rows_in(OutgoingMail, OutgoingMail.state == MailState.FAILED),
        "jobs": rows_in(Job, Job.state.in_((JobState.WAITING, JobState.RUNNING))),
        "stopped_jobs": rows_in(Job, Job.state == JobState.STOPPED),
        "webhooks": rows_in(WebhookDelivery, DELIVERIES.unfinished),
        "shop_writes": rows_in(ShopWrite, WRITES.unfinished),
        "e_invoices": rows_in(EInvoiceSending, EInvoiceSending.state == EInvoiceState.WAITING),
        "refused_e_invoices": rows_in(EInvoiceSending, EInvoiceSending.state == EInvoiceState.REFUSED),
    }
    counts = db.session.execute(select(*[count_capped(rows, MOST_WAITING) for rows in queues.values()])).one()
    gauge = GaugeMetricFamily("toonbank_waiting", f"What waits, counted up to {MOST_WAITING}", labels=["queue"])
    for queue, count in zip(queues, counts, strict=True):
        gauge.add_metric([queue], count)
    return gauge


def connection_states() -> GaugeMetricFamily:
    """Of each connected shop that is on: 1 where it can't be read or told just now."""
    unread = exists().where(
        Pull.connection_id == Connection.id, Pull.state == PullState.WAITING, Pull.trouble.is_not(None)
    )
    query = (
        select(Connection.id, unread, Connection.tell_trouble.is_not(None), Connection.stock_trouble.is_not(None))
        .where(Connection.is_active, Connection.address != "")
        .order_by(Connection.id)
    )
    gauge = GaugeMetricFamily("toonbank_connection_trouble", "Shops in trouble", labels=["connection", "doing"])
    for connection_id, *states in db.session.execute(query):
        for doing, is_in_trouble in zip(("reading", "telling", "stock"), states, strict=True):
            gauge.add_metric([str(connection_id), doing], bool(is_in_trouble))
    return gauge


def signs_of_life() -> list[GaugeMetricFamily]:
    alive = rows_in(WorkerHeartbeat, WorkerHeartbeat.stopped_at.is_(None), WorkerHeartbeat.seen_at > now() - SILENCE)
    copied = select(func.max(CopyRun.made_at)).scalar_subquery()
    workers, copied_at = db.session.execute(select(count_capped(alive), copied)).one()
    found = [GaugeMetricFamily("toonbank_workers", "Workers that were seen just now", value=workers)]
    if copied_at is not None:
        said = "When the last copy was made, in seconds since 1970"
        found.append(GaugeMetricFamily("toonbank_last_copy_timestamp_seconds", said, value=copied_at.timestamp()))
    return found


def outage_states() -> GaugeMetricFamily:
    """What Home says of the mail server, the disk and so on; of lanes of the background work, those that don't work."""
    gauge = GaugeMetricFamily("toonbank_outage", "1 for what does not work", labels=["what", "part"])
    found = {(str(one.what), one.part) for one in current_outages()}
    for what, part in sorted(found | {(str(what), "") for what in Outside if what != Outside.LANE}):
        gauge.add_metric([what, part], (what, part) in found)
    return gauge


# --- the page -------------------------------------------------------------------------------------------------------


@metrics.get("/metrics")
def expose_measures() -> Response:
    token = current_app.config["METRICS_TOKEN"]
    if not token:
        return Response("set TOONBANK_METRICS_TOKEN to have measures\n", 404, mimetype="text/plain")
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        return Response("the token is wrong\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    measures = measures_of(current_app)
    return Response(measures.say(), content_type=CONTENT_TYPE_LATEST)
