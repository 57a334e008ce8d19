"""A mail as HTML: its lines, links and directions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mails.looks import MailLook
from app.mails.markup import as_fragment, as_html


def test_lines_of_a_paragraph_stand_below_each_other() -> None:
    assert as_fragment("Dear Femke,\n\nMug\nTeapot\n") == "<p>Dear Femke,</p>\n<p>Mug<br>\nTeapot</p>"


def test_a_line_of_arabic_or_hebrew_runs_from_the_right() -> None:
    html = as_fragment("Deliver to:\nمحمد عبد الله\nMarkt 87")

    right = '<span dir="rtl" class="mail-rtl">محمد عبد الله</span>'
    assert html == f"<p>Deliver to:<br>\n{right}\nMarkt 87</p>"
    assert 'dir="rtl"' not in as_fragment("Dear שלום,")


def test_what_was_ordered_and_what_it_costs_stand_in_a_table() -> None:
    html = as_fragment(
        "1 × Mug, blue: €\u00a037,50\nShipping: CHF\u00a04.95\n\n2 × Tea <pot>\n\nOrder number: D-ORD101\nPay soon"
    )

    lines = re.findall(r'<td class="mail-line">(.*?)</td><td class="mail-amount">(.*?)</td>', html)
    assert lines == [("1 × Mug, blue", "€\u00a037,50"), ("Shipping", "CHF\u00a04.95"), ("2 × Tea &lt;pot&gt;", "")]
    assert html.count("<table") == 2
    assert html.endswith("<p>Order number: D-ORD101<br>\nPay soon</p>")


@pytest.mark.parametrize("line", ["Track & trace: {}", "Suivez votre colis\u00a0: {}"])
def test_a_link_with_a_title_is_a_button_above_its_address(line: str) -> None:
    html = as_fragment(line.format("https://carrier.example/t?a=1&b=2"))

    title = line.partition(":")[0].strip().replace("&", "&amp;")
    to = "https://carrier.example/t?a=1&amp;b=2"
    assert f'<a class="mail-button" href="{to}">{title}</a>' in html
    assert f'<a class="mail-address" href="{to}">{to}</a>' in html


def test_a_mail_program_finds_the_styles_in_the_tags() -> None:
    look = MailLook(name="Huis & Haard", accent="#006644", address="Dorpsstraat 1", vat_id="NL1", registration="123")

    html = as_html("1 × Mug: €\u00a01,00\n\nPay: https://pay.example/1\n\nשלום\n", "nl", look)

    assert "class=" not in html
    assert "background: #006644; color: #ffffff" in html
    assert "Huis &amp; Haard, Dorpsstraat 1<br>Btw-nummer NL1 · Registratie 123" in html


@pytest.mark.parametrize("text", ["", "\n", "one"])
def test_an_empty_text_is_an_empty_paragraph(text: str) -> None:
    assert as_fragment(text) == f"<p>{text.strip()}</p>"


@given(st.text("aא<&\n ", max_size=40))
def test_nothing_of_the_text_is_lost(text: str) -> None:
    said = re.sub(r"<[^>]*>", "", as_fragment(text)).replace("&lt;", "<").replace("&amp;", "&")

    assert "".join(said.split()) == "".join(text.split())
