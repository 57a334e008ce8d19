"""The boxes of a form filled in from the sales of some days, and beside them all that goes into none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from app.accounting.tax_rows import TaxRow
from app.amounts.money import rounded
from app.documents.vat import vat_country, vat_place
from app.exports.figures.declaration import FigureScope
from app.exports.vat_return.be import BELGIAN_FORM
from app.exports.vat_return.de import GERMAN_FORM
from app.exports.vat_return.es import SPANISH_FORM
from app.exports.vat_return.form import CURRENCY, Box, VatForm
from app.exports.vat_return.fr import FRENCH_FORM
from app.exports.vat_return.kinds import TO_DECIDE, Sale, SaleKind, read_kinds
from app.exports.vat_return.nl import DUTCH_FORM
from app.models import Shop

FORMS: dict[str, VatForm] = {
    form.country: form for form in (DUTCH_FORM, BELGIAN_FORM, GERMAN_FORM, FRENCH_FORM, SPANISH_FORM)
}

LISTED = (SaleKind.EU_GOODS, SaleKind.EU_SERVICES)


def ask_for_return(shop: Shop, asked: FigureScope) -> VatQuestion:
    """That of its country; the Canaries and the overseas departments of France have other forms."""
    return VatQuestion(FORMS.get(vat_place(shop)), vat_country(shop.country), asked)


@dataclass(frozen=True)
class VatQuestion:
    """Whose return is asked for, and of which days."""

    form: VatForm | None
    country: str  # as VAT ids write it
    asked: FigureScope


@dataclass
class SaleSum:
    """What sales come to, and on how many documents they are; sales are added document by document."""

    row: TaxRow = field(default_factory=TaxRow)
    documents: int = 0
    last: int = 0

    def add(self, sale: Sale) -> None:
        self.row += sale.row
        if sale.document_id != self.last:
            self.documents, self.last = self.documents + 1, sale.document_id


@dataclass(frozen=True)
class BoxLine:
    """A box with what the documents say, and what to fill in; None where the box has no such amount."""

    box: Box
    base: Decimal | None
    tax: Decimal | None
    filled_base: Decimal | None
    filled_tax: Decimal | None
    documents: int

    @property
    def is_below_zero(self) -> bool:
        return min(self.filled_base or 0, self.filled_tax or 0) < 0


@dataclass(frozen=True)
class ApartLine:
    """Sales that go into no box of the form."""

    kind: SaleKind
    currency: str
    row: TaxRow
    documents: int

    @property
    def is_to_decide(self) -> bool:
        return self.kind in TO_DECIDE or self.currency != CURRENCY or self.kind == SaleKind.TAXED


@dataclass(frozen=True)
class KindLine:
    """What of the VAT export is of one kind, country and rate."""

    currency: str
    kind: SaleKind
    country: str
    percent: str
    row: TaxRow
    documents: int


@dataclass(frozen=True)
class ListedBuyer:
    """A row of the list of buyers in other member states."""

    vat_id: str
    buyer: str
    kind: SaleKind
    base: Decimal
    documents: int


@dataclass
class VatReturn:
    form: VatForm | None
    boxes: list[BoxLine] = field(default_factory=list)
    apart: list[ApartLine] = field(default_factory=list)
    kinds: list[KindLine] = field(default_factory=list)
    listed: list[ListedBuyer] = field(default_factory=list)

    @property
    def oss(self) -> list[KindLine]:
        return [line for line in self.kinds if line.kind == SaleKind.OSS]

    @property
    def totals(self) -> dict[str, TaxRow]:
        """Per currency, as the VAT export has them."""
        sums: dict[str, TaxRow] = defaultdict(TaxRow)
        for line in self.kinds:
            sums[line.currency] += line.row
        return dict(sums)


def fill_return(question: VatQuestion) -> VatReturn:
    """One pass over the documents of these days; of a country without form what there is of each kind."""
    form = question.form
    boxes: dict[tuple[str, str], SaleSum] = defaultdict(SaleSum)
    apart: dict[tuple[str, SaleKind], SaleSum] = defaultdict(SaleSum)
    kinds: dict[tuple[str, SaleKind, str, str], SaleSum] = defaultdict(SaleSum)
    buyers: dict[tuple[str, SaleKind], SaleSum] = defaultdict(SaleSum)
    names: dict[str, str] = {}
    for sale in read_kinds(question.asked, question.country):
        kinds[sale.currency, sale.kind, sale.country, sale.percent].add(sale)
        if sale.kind in LISTED and sale.currency == CURRENCY:
            buyers[sale.vat_id, sale.kind].add(sale)
            names.setdefault(sale.vat_id, sale.buyer)
        base, tax = boxes_of(form, sale)
        if base:
            boxes["base", base.code].add(sale)
        elif form:
            apart[sale.currency, sale.kind].add(sale)
        if tax:
            boxes["tax", tax.code].add(sale)
    return VatReturn(
        form,
        fill_boxes(form, boxes) if form else [],
        sorted(
            (ApartLine(kind, currency, one.row, one.documents) for (currency, kind), one in apart.items()),
            key=lambda line: (line.currency != CURRENCY, line.currency, not line.is_to_decide, line.kind),
        ),
        sorted(
            (KindLine(*key, one.row, one.documents) for key, one in kinds.items()),
            key=lambda line: (
                line.currency != CURRENCY,
                line.currency,
                list(SaleKind).index(line.kind),
                line.country,
                -Decimal(line.percent or 0),
            ),
        ),
        [
            ListedBuyer(vat_id, names[vat_id], kind, one.row.base, one.documents)
            for (vat_id, kind), one in sorted(buyers.items())
        ],
    )


def boxes_of(form: VatForm | None, sale: Sale) -> tuple[Box | None, Box | None]:
    """Where its base goes, and where its VAT does; nowhere in another currency."""
    if form is None or sale.currency != CURRENCY:
        return None, None
    base = form.base_box(sale)
    return base, form.tax_box(sale) if base else None


def fill_boxes(form: VatForm, tallies: dict[tuple[str, str], SaleSum]) -> list[BoxLine]:
    """In the order of the form; a sum adds up what is filled in, as the form does."""
    lines = {box.code: fill_box(form, box, tallies) for box in form.boxes if not box.adds}
    for box in form.boxes:
        if box.adds:
            lines[box.code] = add_up_boxes(box, [lines[code] for code in box.adds])
    return [lines[box.code] for box in form.boxes]


def fill_box(form: VatForm, box: Box, tallies: dict[tuple[str, str], SaleSum]) -> BoxLine:
    if box.unknown:
        return BoxLine(box, None, None, None, None, 0)
    on_base, on_tax = (tallies.get((part, box.code), SaleSum()) for part in ("base", "tax"))
    sign = -1 if box.takes_back else 1
    base = sign * on_base.row.base if box.base else None
    tax = sign * on_tax.row.tax if box.tax else None
    filled_base = None if base is None else form.amounts.base(base)
    filled_tax = None if tax is None else form.amounts.tax(tax)
    if box.taxed_at and filled_base is not None:
        filled_tax = rounded(filled_base * box.taxed_at / 100, CURRENCY)
    return BoxLine(box, base, tax, filled_base, filled_tax, on_base.documents or on_tax.documents)


def add_up_boxes(box: Box, lines: list[BoxLine]) -> BoxLine:
    def add(name: str) -> Decimal:
        return sum((getattr(line, name) or Decimal(0) for line in lines), Decimal(0))

    base = (add("base"), add("filled_base")) if box.base else (None, None)
    tax = (add("tax"), add("filled_tax")) if box.tax else (None, None)
    return BoxLine(box, base[0], tax[0], base[1], tax[1], 0)


def sales_at(question: VatQuestion, place: str, currency: str) -> Iterator[Sale]:
    """What stands behind a figure: of a box by its code, of a kind by its name; all of it for ""."""
    for sale in read_kinds(question.asked, question.country):
        if not place or (sale.currency == currency and place in list_places(question.form, sale)):
            yield sale


def list_places(form: VatForm | None, sale: Sale) -> list[str]:
    """The codes of the boxes that it goes into, and its kind."""
    return [*codes_of(form, sale), sale.kind]


def codes_of(form: VatForm | None, sale: Sale) -> list[str]:
    return list(dict.fromkeys(box.code for box in boxes_of(form, sale) if box))
