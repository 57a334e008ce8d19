"""What tells of something that can be undone waits as long as Undo is offered; within a job, for the end of the job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

#: A job that is begun ends some day, and what waits for it is let go then.
UNTIL_ITS_JOB_ENDS = timedelta(days=365)

#: The job that acts on many orders.
job_here: ContextVar[int | None] = ContextVar("job_here", default=None)


@contextmanager
def in_job(job_id: int) -> Iterator[None]:
    """What is told of that which can be undone waits for the end of the job, for Undo takes back all of it."""
    token = job_here.set(job_id)
    try:
        yield
    finally:
        job_here.reset(token)
