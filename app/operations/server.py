"""Running: the web server with its worker in one process, or the worker alone."""

from __future__ import annotations

import gc
import signal
import threading

import waitress
from flask import current_app

from app.operations.worker import run_worker, start_in_thread

THREADS = 8


def serve(host: str, port: int, *, worker: bool) -> None:
    """Serve until interrupted."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop_worker = start_in_thread(app) if worker else None
    settle_memory()
    print(f"Toonbank serves http://{host}:{port}/admin/  (Ctrl C stops it)", flush=True)
    try:
        waitress.serve(app, host=host, port=port, threads=THREADS, ident=None)
    finally:
        if stop_worker:
            stop_worker()


def run_worker_alone() -> None:
    """Background work in this process alone, until SIGINT or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run_worker(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


def settle_memory() -> None:
    """What start-up made stays: the collector need not look at it again, and looks less often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
