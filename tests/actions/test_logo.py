"""The logo: made anew from what was uploaded, on documents from then on, and on none that was issued before."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from app import queries
from app.actions.logo import remove_logo, replace_logo
from app.actions.shipments import mark_sent
from app.documents.invoice_page import invoice_page
from app.documents.letterhead import draw_letterhead
from app.documents.packing_slips import packing_slip
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.models import Invoice, StoredFile
from app.pictures import LARGEST_FILE
from tests.clients import Client
from tests.factories import placed_order

SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(size: tuple[int, int] = (1200, 400), kind: str = "PNG", **more: Any) -> bytes:
    into = io.BytesIO()
    Image.new("RGB", size, "navy").save(into, kind, **more)
    return into.getvalue()


def chosen(content: bytes = b"", name: str = "our logo.jpg") -> StoredFile:
    return replace_logo(queries.shop(), name=name, content=content or png(), by=SYSTEM)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_is_kept_small_and_written_by_us(kind: str) -> None:
    hidden = png(kind=kind) + b"<?php echo 1 ?>"
    kept = chosen(hidden)
    with Image.open(io.BytesIO(kept.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (800, 267))
    assert (kept.name, kept.media_type, b"php" in kept.content) == ("our logo.png", "image/png", False)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "content",
    [SCRIPT, b"%PDF-1.7", png()[:60], b"\x00" * 99, png(kind="TIFF"), png(kind="BMP"), png(kind="EPS")],
    ids=["svg", "pdf", "cut", "zeros", "tiff", "bmp", "eps"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ActionRefused, match="can’t be read"):
        chosen(content)
    assert queries.shop().logo_id is None


@pytest.mark.usefixtures("database")
def test_what_would_take_too_much_is_refused() -> None:
    """A few kilobytes that become hundreds of megabytes are known by their first bytes."""
    bomb = io.BytesIO()
    Image.new("1", (8001, 5000)).save(bomb, "PNG")
    for content, why in ((bomb.getvalue(), "has too many pixels"), (bytes(LARGEST_FILE + 1), "is larger than 10 MB")):
        with pytest.raises(ActionRefused, match=why):
            chosen(content)
    assert queries.shop().logo_id is None


@pytest.mark.usefixtures("database")
def test_documents_keep_the_logo_that_they_were_issued_with() -> None:
    before = placed_order().invoices[0]
    first = chosen()
    between = placed_order().invoices[0]
    second = chosen(png((300, 300)))
    after = placed_order().invoices[0]
    db.session.flush()

    assert [logo_in(one) for one in (before, between, after)] == [None, first.id, second.id]
    assert "data:image/png" not in invoice_page(before, "en")
    wide, square = draw_letterhead(first.id), draw_letterhead(second.id)
    assert wide
    assert square
    assert ((wide.width, wide.height), (square.width, square.height)) == ((144, 48), (48, 48))
    remove_logo(queries.shop(), by=SYSTEM)
    assert f'src="{wide.source}"' in invoice_page(between, "en")
    assert logo_in(placed_order().invoices[0]) is None


def logo_in(invoice: Invoice) -> object:
    seller = invoice.snapshot["seller"]
    assert isinstance(seller, dict)
    return seller.get("logo")


@pytest.mark.usefixtures("database")
def test_a_packing_slip_shows_it_and_one_that_was_sent_stays() -> None:
    order = placed_order()
    mark_sent(order, by=SYSTEM)
    db.session.commit()
    sent = packing_slip(order.shipments[0])
    chosen()
    db.session.commit()
    assert packing_slip(order.shipments[0]) == sent
    order = placed_order()
    mark_sent(order, by=SYSTEM)
    db.session.commit()
    assert b"/Image" in packing_slip(order.shipments[0])


def test_it_is_uploaded_in_the_settings_and_shown_to_everybody(client: Client, in_app: Any, anonymous: Client) -> None:
    page = client.get("/admin/company/?id=1")
    assert anonymous.get("/logo-1.png").status_code == 404
    form = {"name": "Mugs", "country": "NL", "seen_version": version_in(page.text)}
    client.post("/admin/company/edit/?id=1", data={**form, "logo": (io.BytesIO(png()), "logo.png")})
    with in_app():
        file_id = queries.shop().logo_id
        assert queries.history_of(queries.shop())[0].facts["changes"]["logo"] == ["", "logo.png"]
    answer = anonymous.get(f"/logo-{file_id}.png")
    assert (answer.status_code, answer.content_type, "immutable" in answer.headers["Cache-Control"]) == (
        200, "image/png", True,
    )  # fmt: skip
    page = client.get("/admin/company/?id=1")
    assert f'src="/logo-{file_id}.png"' in page.text
    assert f'src="/logo-{file_id}.png"' in anonymous.get("/account/sign-in/").text

    client.post("/admin/company/edit/?id=1", data={**form, "seen_version": version_in(page.text), "remove_logo": "y"})
    assert anonymous.get(f"/logo-{file_id}.png").status_code == 404


def version_in(page: str) -> str:
    return page.partition('name="seen_version"')[2].partition('value="')[2].partition('"')[0]
