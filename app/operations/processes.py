"""Several processes that serve together: one for each core, and one for the background work.

The one that was started loads everything, takes the port, forks, and does nothing but watch: it starts again who dies.
The others live as long as it does: each reads from a pipe that it holds open, so that they end when it wants them to,
and when it was killed.
"""

from __future__ import annotations

import logging
import math
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

#: Seconds between two looks at who has died.
BETWEEN_LOOKS = 0.2
#: Seconds that the processes have to finish what is begun, when they are told to end.
ENDING = 25
#: Who lived for so many seconds is started again at once when it dies.
LIVED_LONG = 60
#: Seconds before one that dies again and again is started again, at most.
LONGEST_REST = 60
#: A process costs memory and connections: no more by themselves, however many cores there are.
MOST_PROCESSES = 8
#: What a container may use, where that is less than the machine has: "200000 100000" are two cores.
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def count_cores() -> int:
    """How many of them this process may use, as far as it can be told; no more than are worth a process each."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS knows no such thing
        cores = os.cpu_count() or 1
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = QUOTA.read_text().split()
        cores = min(cores, math.ceil(int(quota) / int(period)))
    return max(1, min(cores, MOST_PROCESSES))


class Parent:
    """The process that watches, as the others know it: it is there as long as nobody has closed this pipe."""

    def __init__(self) -> None:
        self.watched, self.held = os.pipe()

    def wait(self, seconds: float | None = None) -> bool:
        """Until it wants us to end, or is gone; False when it is still there after so many seconds."""
        return bool(select.select([self.watched], [], [], seconds)[0])


#: What a process does until its parent wants it to end.
Work = Callable[[Parent], None]


@dataclass
class Member:
    """One of the processes: what it is called in the log, what it does, and how often it died time after time."""

    name: str
    work: Work
    pid: int = 0
    begun_at: float = 0
    deaths: int = 0
    next_at: float = 0

    def note_death(self, now: float) -> float:
        """Answers the seconds after which it is started again: more each time, unless it had lived for long."""
        lived_long = now - self.begun_at >= LIVED_LONG
        self.pid, self.deaths = 0, 1 if lived_long else self.deaths + 1
        rest = 0 if lived_long else min(LONGEST_REST, 2 ** min(self.deaths - 1, 10))
        self.next_at = now + rest
        return rest


class Watch:
    """The one that was started. It has no threads and asks no database: whoever is forked off gets neither from it."""

    def __init__(self, members: Sequence[Member]):
        self.members, self.parent, self.is_over = members, Parent(), False

    def run(self) -> None:
        """Until SIGINT or SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.note_end)
        while not self.is_over:
            for member in self.members:
                if not member.pid and time.monotonic() >= member.next_at:
                    self.begin(member)
            time.sleep(BETWEEN_LOOKS)
            self.bury_dead()
        self.end()

    def note_end(self, *_args: object) -> None:
        self.is_over = True

    def begin(self, member: Member) -> None:
        member.begun_at = time.monotonic()
        sys.stdout.flush()
        member.pid = os.fork()
        if not member.pid:
            self.live(member)

    def live(self, member: Member) -> None:
        """In the new process, which never comes back from here. Whom a terminal interrupts is for its parent to say."""
        status = 1
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            os.close(self.parent.held)
            member.work(self.parent)
            status = 0
        except BaseException:
            log.exception("%s can't go on", member.name)
        finally:
            logging.shutdown()
            os._exit(status)

    def bury_dead(self) -> None:
        """Also those whose own parents died: in a container this is the first of all processes."""
        for pid, status in ended_processes():
            for member in self.members:
                if member.pid == pid:
                    rest = member.note_death(time.monotonic())
                    log.error("%s %s; it is started again in %s s", member.name, how_it_ended(status), rest)

    def end(self) -> None:
        os.close(self.parent.held)
        until = time.monotonic() + ENDING
        while left := [member for member in self.members if member.pid]:
            for pid, _status in ended_processes():
                for member in left:
                    member.pid = 0 if member.pid == pid else member.pid
            if time.monotonic() >= until:
                for member in left:
                    log.error("%s did not end in time, and is killed", member.name)
                    with suppress(ProcessLookupError):
                        os.kill(member.pid, signal.SIGKILL)
                return
            time.sleep(BETWEEN_LOOKS / 4)


def ended_processes() -> list[tuple[int, int]]:
    found = []
    with suppress(ChildProcessError):
        while (one := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            found.append(one)
    return found


def how_it_ended(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended ({code})"
