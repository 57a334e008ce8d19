"""The page of a statement of account: what is open, by age, and how it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from app.accounting.receivables import Age
from app.documents.drawing import ONE_PAGE, PageLayout, draw_slip
from app.documents.einvoice_facts import Says
from app.documents.invoice_page import keep_together
from app.documents.layout import columns_for
from app.documents.look import read_look
from app.documents.pages import address_lines, party_names, render_page
from app.documents.payment_code import payment_code, space_iban
from app.documents.wording import Writing, words_in

#: Shares of the page's width, in percent, that the columns take at least; the name of the document takes the rest.
LEAST = {"order": 11, "day": 19, "due_on": 19, "total": 10, "open": 10}
MOST_OF_PAGE = 80
LONGEST_NUMBER = 16  # of an order, in letters, that is kept on one line


def draw_statement(says: Says, language: str, *, at: datetime) -> bytes:
    """As PDF; the same words and moment give the same bytes. Raises RenderFailed."""
    lines = [item for account in says["accounts"] for item in account["items"]]
    return draw_slip(partial(statement_page, says, language), lines, at=at).pdf


def statement_page(says: Says, language: str, layout: PageLayout = ONE_PAGE) -> str:
    """The document in HTML."""
    writing, country = Writing(language), says["seller"]["country"]
    return render_page(
        "account_statement.html",
        writing,
        says["seller"],
        says=says,
        seller_lines=address_lines(says["seller"], writing, from_country=""),
        buyer=[*party_names(says["buyer"]), *address_lines(says["buyer"], writing, from_country=country)],
        accounts=[account_shown(says, account, language) for account in says["accounts"]],
        ages=[age.name for age in Age],
        closing=read_look(says["seller"].get("look")).below(says["seller"]["footer"], language),
        pages=layout.pages,
    )


def account_shown(says: Says, account: Says, language: str) -> Says:
    """With what depends on its currency: how amounts are written, the columns, and how it is paid."""
    writing = Writing(language, account["currency"])
    items = account["items"]
    numbers = {name: [writing.amount(item[name]) for item in items] for name in ("total", "open")}
    in_one_line = {"order": [item["order"] for item in items if len(item["order"]) <= LONGEST_NUMBER]}
    columns = columns_for(LEAST, numbers | in_one_line, rest="number", most=MOST_OF_PAGE)
    return {**account, "write": writing, "columns": columns, **how_to_pay(says["seller"], account, writing)}


def how_to_pay(seller: Mapping[str, str], account: Says, writing: Writing) -> Says:
    words, total = words_in(writing.language), Decimal(account["total"])
    if total <= 0:
        return {"asked": [words["nothing_to_pay"]], "code": ""}
    asked, reference = [words["please_pay_now"].format(amount=writing.money(total))], account["reference"]
    if seller["iban"]:
        to = {"iban": space_iban(seller["iban"]), "name": seller["name"]}
        number = keep_together(reference) if account["structured"] else reference or words["numbers_of_invoices"]
        asked.append(words["transfer_to"].format(**to, number=number))
    code = payment_code(
        iban=seller["iban"], bic=seller["bic"], name=seller["name"], amount=total, currency=account["currency"],
        reference=reference, structured=account["structured"],
    )  # fmt: skip
    return {"asked": asked, "code": code if reference else ""}
