"""Running: the web server with its worker in one process, or the worker alone."""

from __future__ import annotations

import gc
import signal
import threading
from typing import Any

import waitress
from flask import current_app

from app import worker

THREADS = 8


def serve(host: str, port: int, *, worker: bool) -> None:
    """Serve until interrupted."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = start_worker(app) if worker else None
    settle_memory()
    print(f"Toonbank serves http://{host}:{port}/admin/  (Ctrl C stops it)", flush=True)
    try:
        waitress.serve(app, host=host, port=port, threads=THREADS, ident=None)
    finally:
        if stop:
            stop.set()


def start_worker(app: Any) -> threading.Event:
    stop = threading.Event()
    threading.Thread(target=worker.run, args=(app, stop), name="worker", daemon=True).start()
    return stop


def work() -> None:
    """Background work in this process alone, until SIGINT or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    worker.run(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


def settle_memory() -> None:
    """What start-up made stays: the collector need not look at it again, and looks less often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
