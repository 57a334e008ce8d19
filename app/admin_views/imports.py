"""SERVICES > Import & connections > Import: a file of orders is uploaded, looked at, brought in, and undone."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import CombinedMultiDict

from app import jobs, queries
from app.actions.outside_shops import hosts_in, other_shop_stated
from app.admin_views.base import Beginning, RecordView
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.import_forms import MappingForm, ShopForm, UploadForm, mapping_form
from app.admin_views.import_pages import (
    counts_text,
    errors_of,
    expected,
    read_by,
    result,
    sheets_shown,
    shop_and_system,
    state_of,
)
from app.admin_views.signin import actor, may
from app.errors import ActionRefused
from app.exports import FILES, as_csv
from app.extensions import db, transaction
from app.intake.batches import (
    discard,
    is_to_be_mapped,
    keep_file,
    keep_mapping,
    look_to_map,
    mapping_before,
    mapping_of,
    put_to_shop,
    read_as_known,
    read_sheet,
    text_of,
    why_not_begin,
)
from app.intake_readers import TABLES, orders_in
from app.intake_readers.csv.files import FirstLook
from app.intake_readers.uploaded import text_of_file
from app.models import ImportBatch, InvoicesFor, Job, OutsideShop, StoredFile
from app.pages.formatting import badge
from app.queries.keyset import for_few, of_other
from app.security import form_tokens

#: What is shown of a file beside its own columns, in the same statement.
WITH_PARTS = (
    joinedload(ImportBatch.file),
    joinedload(ImportBatch.outside_shop),
    joinedload(ImportBatch.job).defer(Job.task),
)

IMPORT, UNDO = "imports.files", "imports.undo"


class Imports(RecordView):
    begins = (Beginning(_l("Import orders from files"), ".upload", IMPORT),)
    stands_under = "arrivals"
    tab = _l("Import")
    list_template = "admin/imports/list.html"
    column_list = ("file", "outside_shop", "created_at", "created_by", "orders", "state", "undone_at")
    column_sortable_list = ("created_at",)
    sorts = {
        "file": of_other(StoredFile.name, ImportBatch.file_id),
        "outside_shop": of_other(OutsideShop.title, ImportBatch.outside_shop_id),
        "created_by": for_few(ImportBatch.created_by),
        "orders": of_other(Job.total, ImportBatch.job_id),
        "undone_at": for_few(ImportBatch.undone_at),
    }
    column_default_sort = ("id", True)
    search_columns = (ImportBatch.created_by,)
    column_labels = {
        "file": _l("File"),
        "created_by": _l("By"),
        "orders": _l("Orders"),
        "undone_at": _l("Undone"),
    }
    column_formatters = {
        "file": lambda view, context, model, name: model.file.name,
        "outside_shop": lambda view, context, model, name: shop_and_system(model),
        "orders": lambda view, context, model, name: counts_text(model),
        "state": lambda view, context, model, name: badge(state_of(model)),
    }

    def is_visible(self) -> bool:
        return False  # a tab

    def list_query(self) -> Select[ImportBatch]:
        return select(ImportBatch).options(*WITH_PARTS)

    def found_by(self, word: str) -> list[ColumnElement[bool]]:
        named = select(StoredFile.id).where(StoredFile.name.icontains(word, autoescape=True))
        return [*super().found_by(word), ImportBatch.file_id.in_(named)]

    def row_url(self, row: ImportBatch) -> str:
        return url_for(".show", batch_id=row.id)

    def get_empty_list_message(self) -> str:
        return _("No files yet")

    def render(self, template: str, **kwargs: object) -> str:
        return super().render(template, why_not_import=lacking(IMPORT), **kwargs)

    # --- upload ---

    @expose("/upload", methods=["GET", "POST"])
    def upload(self) -> ResponseReturnValue:
        refuse_without(IMPORT)
        form = UploadForm(CombinedMultiDict([request.files, request.form]))
        if request.method != "POST" or not form.validate() or form.file.data is None:
            return self.render("admin/imports/upload.html", form=form), 200 if request.method != "POST" else 422
        name, content = form.file.data
        source = form.source.data
        hosts = hosts_stated(source, content)
        db.session.rollback()
        invoices = InvoicesFor(form.invoices_for.data)
        if (shop := form.shop_of(source, hosts)) is None:
            return self.render("admin/imports/upload.html", form=form), 422
        how = {"notify": form.notify.data, "invoices": invoices, "host": next(iter(hosts), "")}
        with transaction():
            batch = keep_file(shop, name, content, by=actor(), **how)
            page = url_for(".preview", batch_id=batch.id)
            form_tokens.keep_answer(page)
        return redirect(page, code=303)

    # --- which column is what ---

    @expose("/<int:batch_id>/columns", methods=["GET", "POST"])
    def columns(self, batch_id: int) -> ResponseReturnValue:
        refuse_without(IMPORT)
        form_tokens.lead_back_to(url_for(".preview", batch_id=batch_id))
        batch = find_waiting_batch(batch_id)
        text = text_of(batch)
        look = look_to_map(batch, text)
        if look is None:
            return redirect(url_for(".preview", batch_id=batch_id), code=303)
        if request.method == "POST" and request.form.get("step") == "known" and look.is_known:
            with transaction():
                read_as_known(batch, look.columns)
            return redirect(url_for(".preview", batch_id=batch_id), code=303)
        kept = batch.mapping if mapping_of(batch) else mapping_before(look.columns)
        form = mapping_form(look, kept, request.form if request.method == "POST" else None)
        is_sound = form.check(text)
        if request.method == "POST" and is_sound and request.form.get("step") == "go":
            with transaction():
                keep_mapping(batch, form.mapping(), look.columns)
            return redirect(url_for(".preview", batch_id=batch_id), code=303)
        page = self.mapping_page(batch, look, form, text if is_sound else "", is_known=bool(kept))
        return page, 200 if request.method != "POST" or is_sound else 422

    def mapping_page(self, batch: ImportBatch, look: FirstLook, form: MappingForm, text: str, *, is_known: bool) -> str:
        """With the first orders as they would be read, as soon as they can be."""
        if request.method != "POST" and not text:
            form = mapping_form(
                look, batch.mapping if mapping_of(batch) else None
            )  # nobody is blamed for what was not asked yet
        own = queries.shop()
        return self.render(
            "admin/imports/columns.html",
            batch=batch,
            look=look,
            form=form,
            is_known=is_known,
            sheets=sheets_shown(batch),
            orders=read_by(form.mapping(), text, own.currency, own.time_zone) if text else [],
        )

    # --- what would happen ---

    @expose("/<int:batch_id>/preview")
    def preview(self, batch_id: int) -> ResponseReturnValue:
        refuse_without(IMPORT)
        batch = find_waiting_batch(batch_id)
        if is_to_be_mapped(batch, text_of(batch)):
            return redirect(url_for(".columns", batch_id=batch_id), code=303)
        return self.preview_page(batch_id, ShopForm())

    def preview_page(self, batch_id: int, shop_form: ShopForm) -> str:
        shown = expected(batch_id)
        batch = shown["batch"]
        other_shop = other_shop_stated(batch.outside_shop, [batch.host] if batch.host else [])
        return self.render("admin/imports/preview.html", shop_form=shop_form, other_shop=other_shop, **shown)

    @expose("/<int:batch_id>/shop", methods=["GET", "POST"])
    def shop(self, batch_id: int) -> ResponseReturnValue:
        """Bring the file in as one of another shop's."""
        refuse_without(IMPORT)
        if request.method != "POST":
            return redirect(url_for(".preview", batch_id=batch_id), code=303)
        form_tokens.lead_back_to(url_for(".preview", batch_id=batch_id))
        db.session.rollback()
        form, batch = ShopForm(request.form), lock_batch_or_404(batch_id)
        shop = form.shop_of(batch.source, [batch.host] if batch.host else [])
        if shop is None:
            return self.preview_page(batch_id, form), 422
        try:
            with transaction():
                put_to_shop(batch, shop)
        except ActionRefused as refused:
            flash(str(refused), "error")
        return redirect(url_for(".preview", batch_id=batch_id), code=303)

    @expose("/<int:batch_id>/sheet", methods=["POST"])
    def sheet(self, batch_id: int) -> ResponseReturnValue:
        """Read another sheet of a spreadsheet."""
        refuse_without(IMPORT)
        form_tokens.lead_back_to(url_for(".preview", batch_id=batch_id))
        db.session.rollback()
        try:
            with transaction():
                read_sheet(lock_batch_or_404(batch_id), request.form.get("sheet", ""))
        except ActionRefused as refused:
            flash(str(refused), "error")
        return redirect(url_for(".preview", batch_id=batch_id), code=303)

    @expose("/<int:batch_id>/errors.csv")
    def errors(self, batch_id: int) -> ResponseReturnValue:
        """Every order that can't be brought in, or that could not be."""
        refuse_without(IMPORT)
        columns, rows = errors_of(find_batch_or_404(batch_id))
        content = b"".join(as_csv(columns, rows, separator=";", decimal=",", time_zone=queries.shop().time_zone))
        response = Response(content, mimetype=FILES["csv"])
        response.headers["Content-Disposition"] = f'attachment; filename="import-{batch_id}-errors.csv"'
        return response

    @expose("/<int:batch_id>/discard", methods=["POST"])
    def discard(self, batch_id: int) -> ResponseReturnValue:
        refuse_without(IMPORT)
        form_tokens.lead_back_to(url_for(".index_view"))
        db.session.rollback()
        try:
            with transaction():
                discard(lock_batch_or_404(batch_id))
            flash(_("File deleted"), "success")
        except ActionRefused as refused:
            flash(str(refused), "error")
        return redirect(url_for(".index_view"), code=303)

    # --- what happened ---

    @expose("/<int:batch_id>/begin", methods=["POST"])
    def begin(self, batch_id: int) -> ResponseReturnValue:
        return start_job(IMPORT, jobs.start_import, batch_id)

    @expose("/<int:batch_id>")
    def show(self, batch_id: int) -> ResponseReturnValue:
        """The page renews its progress by itself; when the job is over, the whole page is asked for once more."""
        batch = find_batch_or_404(batch_id)
        if batch.job_id is None:
            return redirect(url_for(".preview", batch_id=batch_id), code=303)
        page = result(batch)
        if page["is_over"] and request.headers.get("HX-Target") == "import-progress":
            return Response(headers={"HX-Refresh": "true"})
        return self.render("admin/imports/result.html", **page)

    @expose("/<int:batch_id>/undo", methods=["POST"])
    def undo(self, batch_id: int) -> ResponseReturnValue:
        return start_job(UNDO, jobs.start_undo, batch_id)


def hosts_stated(source: str, content: bytes) -> tuple[str, ...]:
    return hosts_in(orders_in(source, text_of_file(content))) if source not in TABLES else ()


def refuse_without(right: str) -> None:
    if not may(right):
        abort(403)


def find_batch_or_404(batch_id: int) -> ImportBatch:
    query = select(ImportBatch).where(ImportBatch.id == batch_id)
    query = query.options(*WITH_PARTS)
    return db.session.scalar(query) or abort(404)


def find_waiting_batch(batch_id: int) -> ImportBatch:
    """A file that was not brought in yet; the page of one that was is another."""
    batch = find_batch_or_404(batch_id)
    if why_not_begin(batch):
        abort(redirect(url_for("imports.show", batch_id=batch_id), code=303))
    return batch


def lock_batch_or_404(batch_id: int) -> ImportBatch:
    return db.session.scalar(select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update()) or abort(404)


def start_job(right: str, start: Callable[..., Job | None], batch_id: int) -> ResponseReturnValue:
    refuse_without(right)
    page = url_for("imports.show", batch_id=batch_id)
    form_tokens.lead_back_to(page)
    db.session.rollback()
    try:
        with transaction():
            if start(batch_id, by=actor(), language=str(get_locale() or "en")) is None:
                abort(404)
    except ActionRefused as refused:
        flash(str(refused), "error")
    return redirect(page, code=303)
