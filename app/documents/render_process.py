"""Keeping the programs that render: started when needed, killed when they take too much, replaced when they failed.

There are three: one for documents as they mostly are, a second one for when several are wanted together, and one for
long ones, so that nobody waits behind those. Each begins when it is needed first.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

PROGRAM = Path(__file__).with_name("rendering.py")
#: A document may take so many seconds of processor time...
PROCESSOR_SECONDS = 60
#: ... and whatever it waits for, it is given up after so many by the clock.
SECONDS = 900
#: Letters of HTML. An invoice of 150 lines has as many, and takes a good second.
LONG = 40_000
#: After so many documents a new process takes over, whatever the old one has piled up.
DOCUMENTS = 500


class RenderFailed(Exception):
    """A document that could not be made; the text says why. The next one is not touched by it."""


@dataclass(frozen=True)
class Rendered:
    pdf: bytes
    warnings: list[str]


def render(html: str, *, at: datetime) -> Rendered:
    """The page as PDF, dated `at`; the same page and moment give the same bytes. Raises RenderFailed."""
    return process_for(html, the_process).render(html, at)


def render_together(pages: Sequence[tuple[str, datetime]]) -> list[Rendered | None]:
    """The same of several pages, by two processes at a time; None of one that could not be made."""
    answers: list[Rendered | None] = [None] * len(pages)
    wanted = iter(list(enumerate(pages)))
    both = (the_process, second_process)[: len(pages)]
    with ThreadPoolExecutor(max_workers=len(both) or 1) as threads:
        for work in [threads.submit(render_next, process, wanted, answers) for process in both]:
            work.result()
    return answers


def render_next(
    process: RenderProcess, wanted: Iterator[tuple[int, tuple[str, datetime]]], answers: list[Rendered | None]
) -> None:
    """One page after the other, of those that nobody has taken yet."""
    for place, (html, at) in wanted:
        with contextlib.suppress(RenderFailed):
            answers[place] = process_for(html, process).render(html, at)


def process_for(html: str, usual: RenderProcess) -> RenderProcess:
    return long_process if len(html) > LONG else usual


class RenderProcess:
    """One child process, used by one thread at a time."""

    def __init__(self, seconds: float = SECONDS, processor_seconds: float = PROCESSOR_SECONDS):
        self.seconds, self.processor_seconds = seconds, processor_seconds
        self.lock = threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None
        self.done = 0

    def render(self, html: str, at: datetime) -> Rendered:
        with self.lock:
            child = self.running_child()
            try:
                answer, pdf = self.ask(child, {"html": html, "at": int(at.timestamp())})
            except OSError as error:
                self.stop()
                raise RenderFailed("the render process ran out of time or memory") from error
            except BaseException:  # a half-read answer would be taken for the next one's
                self.stop()
                raise
            if answer["error"]:
                self.stop()
                raise RenderFailed(answer["error"])
            return Rendered(pdf, answer["warnings"])

    def running_child(self) -> subprocess.Popen[bytes]:
        if self.child is None or self.child.poll() is not None or self.done >= DOCUMENTS:
            self.stop()
            # -P: the program's own folder must not hide modules of the library.
            command = [sys.executable, "-P", str(PROGRAM), str(self.processor_seconds)]
            self.child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self.done = 0
        return self.child

    def ask(self, child: subprocess.Popen[bytes], job: dict[str, object]) -> tuple[dict[str, Any], bytes]:
        """Its answer. A child that is too slow is killed, so that reading from it ends."""
        assert child.stdin
        assert child.stdout
        watchdog = threading.Timer(self.seconds, child.kill)
        watchdog.start()
        try:
            send_frame(child.stdin, json.dumps(job).encode())
            answer = json.loads(receive_frame(child.stdout))
            pdf = receive_frame(child.stdout)
        finally:
            watchdog.cancel()
        self.done += 1
        return answer, pdf

    def stop(self) -> None:
        if self.child is None:
            return
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self.child = None

    def forget(self) -> None:
        """In a process that was forked off: the child belongs to the parent, and so did the lock."""
        self.lock = threading.Lock()
        self.child = None


def send_frame(stream: IO[bytes], body: bytes) -> None:
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


def receive_frame(stream: IO[bytes]) -> bytes:
    """The next frame. Raises ConnectionError when the child has gone."""
    head = stream.read(4)
    size = struct.unpack(">I", head)[0] if len(head) == 4 else -1
    body = stream.read(size) if size >= 0 else b""
    if len(body) != size:
        raise ConnectionError("the render process has gone")
    return body


the_process, second_process, long_process = RenderProcess(), RenderProcess(), RenderProcess()
for one in (the_process, second_process, long_process):
    atexit.register(one.stop)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=one.forget)
