"""Doing something to many orders: looked at beforehand, then done bit by bit by the worker, with its progress kept.

A job's row says what is asked, by whom, and how far it is. Each order is a transaction of its own that holds both its
change and the job's progress, so that nothing is done twice or forgotten when a worker stops. That is why this
package commits, unlike the other tools.
"""

from app.jobs.import_dry_run import Outlook, errors_in, foresee
from app.jobs.importing import IMPORTS, RIGHTS, batch_id_of, start_import, start_undo, undo_job
from app.jobs.previewing import MOST_PREVIEWED, Preview, PreviewRow, preview, preview_records
from app.jobs.printing import COLLECTIONS, NOTHING_TO_PRINT, PRINTS, collect_at_once, count_unprinted, numbers_without
from app.jobs.record_kinds import kind_of_records
from app.jobs.starting import cancel_rest, go_on, start, why_not_go_on
from app.jobs.undoing import changed_by, take_job_back, undo_of_job, untried_by, why_not_undo_job
from app.jobs.working import purge, work_on_jobs
from app.jobs.zipping import JOURNAL_FILES, books_in, orders_in

__all__ = [
    "COLLECTIONS",
    "IMPORTS",
    "JOURNAL_FILES",
    "MOST_PREVIEWED",
    "NOTHING_TO_PRINT",
    "PRINTS",
    "RIGHTS",
    "Outlook",
    "Preview",
    "PreviewRow",
    "batch_id_of",
    "books_in",
    "cancel_rest",
    "changed_by",
    "collect_at_once",
    "count_unprinted",
    "errors_in",
    "foresee",
    "go_on",
    "kind_of_records",
    "numbers_without",
    "orders_in",
    "preview",
    "preview_records",
    "purge",
    "start",
    "start_import",
    "start_undo",
    "take_job_back",
    "undo_job",
    "undo_of_job",
    "untried_by",
    "why_not_go_on",
    "why_not_undo_job",
    "work_on_jobs",
]
