"""Running: the web server with its worker in one process, or each core's web server and the worker apart; or the worker
alone."""

from __future__ import annotations

import errno
import gc
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from flask import Flask, current_app

from app.errors import CannotStart
from app.extensions import db, end_session
from app.operations.metrics import measure_together
from app.operations.processes import Member, Parent, Watch
from app.operations.worker import run_worker, start_in_thread
from app.pages.body_limits import largest_body_of
from app.pages.throttling import count_together
from app.security.security_log import write_waiting
from app.serving.server import Serving, make_server, take_port

#: Seconds between two tries to write down what the security log could not be told at once.
TELL_LOG = 60


def serve(host: str, port: int, *, worker: bool, processes: int, announce: Callable[[], None]) -> None:
    """Serve until interrupted; `announce` is called once nothing can hinder it any more."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    app.config["HOSTS"] = [*app.config["HOSTS"], host]
    app.config["WORKER_ELSEWHERE"] = not worker or processes > 1
    taken = bind(host, port)
    announce()
    settle_memory()
    said = f"Toonbank serves http://{host}:{port}/admin/  (Ctrl C stops it)"
    if processes == 1:
        serve_alone(app, taken, said, worker=worker)
    else:
        serve_together(app, taken, said, worker=worker, processes=processes)


def serve_alone(app: Flask, taken: Sequence[socket.socket], said: str, *, worker: bool) -> None:
    count_together(app)
    server = make_server(app, taken, partial(largest_body_of, app))
    stop_worker = start_in_thread(app) if worker else None
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, partial(stop_soon, server))
    print(said, flush=True)
    try:
        server.run()
    finally:
        if stop_worker:
            stop_worker()


def stop_soon(server: Serving, number: int, _frame: object) -> None:
    """Who says it a second time means it."""
    signal.signal(number, signal.SIG_DFL)
    server.stop()


def serve_together(app: Flask, taken: Sequence[socket.socket], said: str, *, worker: bool, processes: int) -> None:
    with tempfile.TemporaryDirectory(prefix="toonbank-measures-") as folder:
        members = [
            Member(f"web process {number}", partial(serve_one, app, taken, Path(folder), number))
            for number in range(1, processes + 1)
        ]
        if worker:
            members.append(Member("the worker", partial(work_beside, app)))
        end_session()
        db.engine.dispose()
        print(said, flush=True)
        Watch(members).run()


def serve_one(app: Flask, taken: Sequence[socket.socket], folder: Path, number: int, parent: Parent) -> None:
    """One web process of several."""
    count_together(app)
    measure_together(app, folder, number)
    server = make_server(app, taken, partial(largest_body_of, app))
    threading.Thread(target=watch_parent, args=(app, server, parent), name="parent", daemon=True).start()
    server.run()
    tell_log(app)


def watch_parent(app: Flask, server: Serving, parent: Parent) -> None:
    while not parent.wait(TELL_LOG):
        tell_log(app)
    server.stop()


def tell_log(app: Flask) -> None:
    """What was noted in this process while others wrote; what was noted in its worker, that writes itself."""
    with app.app_context():
        write_waiting()
        end_session()


def work_beside(app: Flask, parent: Parent) -> None:
    """The worker of several processes."""
    stop = threading.Event()

    def wait() -> None:
        parent.wait()
        stop.set()

    threading.Thread(target=wait, name="parent", daemon=True).start()
    run_worker(app, stop)


def bind(host: str, port: int) -> list[socket.socket]:
    """Take the port: nothing has begun yet when somebody else has it."""
    try:
        return take_port(host, port)
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


def run_worker_alone() -> None:
    """Background work in this process alone, until SIGINT or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settle_memory()
    run_worker(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


def settle_memory() -> None:
    """What start-up made stays: the collector need not look at it again, and looks less often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
