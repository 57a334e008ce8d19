"""Running: the web server with its worker in one process, or the worker alone."""

from __future__ import annotations

import errno
import gc
import signal
import threading
from collections.abc import Callable
from functools import partial

from flask import Flask, current_app

from app.errors import CannotStart
from app.operations.worker import run_worker, start_in_thread
from app.pages.body_limits import largest_body_of
from app.serving.server import make_server


def serve(host: str, port: int, *, worker: bool, announce: Callable[[], None]) -> None:
    """Serve until interrupted; `announce` is called once nothing can hinder it any more."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    app.config["HOSTS"] = [*app.config["HOSTS"], host]
    app.config["WORKER_ELSEWHERE"] = not worker
    serve_bound = bind(app, host, port)
    announce()
    stop_worker = start_in_thread(app) if worker else None
    settle_memory()
    print(f"Toonbank serves http://{host}:{port}/admin/  (Ctrl C stops it)", flush=True)
    try:
        serve_bound()
    finally:
        if stop_worker:
            stop_worker()


def bind(app: Flask, host: str, port: int) -> Callable[[], None]:
    """Take the port, and answer what serves it: nothing has begun yet when somebody else has it."""
    try:
        server = make_server(app, host, port, partial(largest_body_of, app))
    except OSError as error:
        where = f"{host}:{port}"
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Another program serves {where}, Toonbank itself perhaps. End it, or choose another port (--port)."
            ) from None
        if isinstance(error, PermissionError):
            raise CannotStart(f"Who runs this may not serve {where}. Choose a port above 1023 (--port).") from None
        raise CannotStart(f"{where} can't be served ({error.strerror}). Choose another --host or --port.") from None
    except ValueError:  # it knows no such name
        raise CannotStart(f"{host} is no address of this machine. Choose another --host.") from None
    return server.run


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
