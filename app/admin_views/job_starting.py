"""Leaving work to the worker from a page, and where it is shown then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import url_for
from flask_babel import get_locale

from app import jobs
from app.admin_views.signin import actor
from app.models import Job, JobKind
from app.security import form_tokens


def begin_job(
    kind: JobKind,
    numbers: Sequence[str],
    how: Mapping[str, object],
    *,
    back: str = "",
    action: str = "",
    records: str = "",
) -> str:
    """Start a job in the caller's transaction; answers where its page is, to which a second press leads as well."""
    language = str(get_locale() or "en")
    job = jobs.start(
        kind, numbers, action=action, by=actor(), how=how, language=language, once="", back=back, records=records
    )
    page = job_url(job)
    form_tokens.keep_answer(page)
    return page


def job_url(job: Job) -> str:
    """Where its progress and result are shown; of an import that is the page of its file."""
    batch_id = jobs.batch_id_of(job)
    return url_for("imports.show", batch_id=batch_id) if batch_id else url_for("jobs.show", job_id=job.id)
