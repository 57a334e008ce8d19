"""How long the server waits for whom, in all and not from one sign of life to the next.

Who keeps up a modest pace may take as long as there is to send or to read; who says a word now and then may not.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Seconds for the first line and the headers of a request.
HEADERS = 10
#: Seconds that a connection may be open without anything to do.
IDLE = 30
#: Seconds for a body or an answer, beside what it takes at the slowest pace.
GRACE = 20
#: Bytes a second.
SLOWEST = 8 * 1024
#: Seconds during which what somebody goes on to send is thrown away, so that they can read why it was refused.
LINGERING = 5


@dataclass
class Stretch:
    """Something that takes its time: since when, and how many bytes of it have come through."""

    since: float
    bytes: int = 0

    def is_too_slow(self, now: float) -> bool:
        return now - self.since > GRACE + self.bytes / SLOWEST

    def is_over(self, now: float, seconds: float) -> bool:
        return now - self.since > seconds
