"""From the snapshot of an invoice or credit note to what its e-invoice says.

Sums are those that were fixed at issue, never computed anew. A price follows from its line's net amount, so that it
agrees to the last decimal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import cast

from app.accounting.tax_rows import is_margin
from app.amounts.money import ZERO, decimals, plain, rounded
from app.documents.einvoice_facts import (
    MARGIN_REASONS,
    Category,
    EInvoiceFacts,
    Says,
    SchemeId,
    TaxKey,
    derive_einvoice_facts,
    line_shares,
    row_key,
    taxes_overlap,
    vat_id_of,
)
from app.documents.invoice_page import paid_so_far
from app.documents.vat_texts import by_law, exempt_as_small, margin_text, zero_rate_text
from app.documents.wording import spoken, words_in
from app.einvoices.facts import (
    Allowance,
    EInvoiceSaid,
    Identifier,
    InvoicedLine,
    PaymentAsked,
    StatedSums,
    TaxCategory,
    TaxSum,
    TradeParty,
)
from app.einvoices.missing import Incomplete, Missing
from app.models import Invoice, ZeroRate

#: What 0 % stands for, as the shop says: category and reason.
ZERO_RATES: dict[ZeroRate, tuple[Category, str]] = {
    ZeroRate.ZERO: (Category.ZERO_RATE, ""),
    ZeroRate.EXEMPT: (Category.EXEMPT, ""),
    **{ZeroRate(scheme.value): (Category.EXEMPT, reason) for scheme, reason in MARGIN_REASONS.items()},
}

#: So many pieces leave a price of eight decimals too coarse: it is given for all of them.
MANY = Decimal(100_000)

#: A shop may state another total than its lines make, by rounding.
MOST_DIFFERENCE = Decimal(1)

SEPA_TRANSFER, TRANSFER, AS_AGREED = "58", "30", "57"


def is_for_business(says: Says) -> bool:
    return bool(says["buyer"]["company"] or says["buyer"]["vat_id"])


def read_document(invoice: Invoice, *, zero_rate: ZeroRate, delivered_on: str = "") -> EInvoiceSaid:
    """What its e-invoice says at its revision.

    Args:
        zero_rate: what 0 % stands for where that was not known at issue.
        delivered_on: the day the goods went, where they went after the invoice.

    Raises Incomplete.
    """
    return SnapshotReading(invoice, zero_rate, delivered_on).document()


class SnapshotReading:
    """One document while it is read: what is missing is gathered, so that all of it is told at once."""

    def __init__(self, invoice: Invoice, zero_rate: ZeroRate, delivered_on: str) -> None:
        self.invoice, self.delivered_on = invoice, delivered_on
        self.says: Says = invoice.snapshot
        self.zero_rate = ZeroRate(self.says.get("zero_rate") or zero_rate)
        self.facts = cast("EInvoiceFacts | None", self.says.get("einvoice")) or derive_einvoice_facts(self.says)
        self.words = words_in(spoken(invoice.language, self.says["shop_language"]))
        self.sign = -1 if invoice.is_credit_note else 1
        self.missing: list[Missing] = []

    def document(self) -> EInvoiceSaid:
        says = self.says
        if taxes_overlap(says):
            raise Incomplete([Missing.TWO_TAXES])
        categories = self.categories()
        lines, allowances = self.lines(categories)
        taxes = self.tax_sums(categories, lines, allowances)
        sums = self.sums(lines, allowances)
        seller, buyer = self.seller(taxes), self.buyer(taxes)
        delivered_on = says.get("delivered_on") or ""
        if any(one.tax.code == Category.INSIDE_EU for one in taxes):
            delivered_on = delivered_on or self.delivered_on
            self.need(bool(delivered_on), Missing.DELIVERED_ON)
        if self.missing:
            raise Incomplete(self.missing)
        credited = says.get("credits")
        return EInvoiceSaid(
            is_credit_note=self.invoice.is_credit_note,
            number=says["number"],
            issued_on=says["issued_on"],
            due_on=says["due_on"] or says["issued_on"],
            currency=says["currency"],
            buyer_reference=self.buyer_reference(),
            order_reference=says.get("purchase_order") or says["order"]["external_number"] or says["order"]["number"],
            credits=(credited["number"], credited["issued_on"]) if credited else None,
            seller=seller,
            buyer=buyer,
            ship_to=self.ship_to(taxes, buyer),
            delivered_on=delivered_on,
            payment=self.payment(sums),
            lines=tuple(lines),
            allowances=tuple(allowances),
            taxes=tuple(taxes),
            sums=sums,
        )

    def need(self, is_there: bool, missing: Missing) -> None:
        if not is_there:
            self.missing.append(missing)

    @property
    def has_margins(self) -> bool:
        """Whether goods under the margin scheme are told apart on it."""
        return any(is_margin(row_key(row)) for row in self.says["vat"])

    # --- VAT --------------------------------------------------------------------------------------------------------

    def categories(self) -> dict[TaxKey, TaxCategory]:
        """Of what is exempt there is one row: where that is so for several reasons, all of them stand in its text."""
        found = {
            row_key(row): self.category_of(said["category"], said["reason"], row["rate"])
            for row, said in zip(self.says["vat"], self.facts["vat"], strict=True)
        }
        rated = [found[row_key(row)] for row in self.says["vat"] if row["rate"] is not None]
        exempt = dict.fromkeys(tax for tax in rated if tax.code == Category.EXEMPT)
        if len(exempt) < 2:
            return found
        all_of_it = TaxCategory(Category.EXEMPT, ZERO, "", " ".join(tax.reason for tax in exempt if tax.reason))
        return {key: all_of_it if tax.code == Category.EXEMPT else tax for key, tax in found.items()}

    def category_of(self, code: str, reason: str, rate: str | None) -> TaxCategory:
        if code == Category.ASKED and self.zero_rate in ZERO_RATES:
            code, reason = ZERO_RATES[self.zero_rate]
        if code == Category.OUTSIDE_VAT:
            return TaxCategory(code, None, reason, self.reason_text(code))
        if code != Category.STANDARD:
            return TaxCategory(code, ZERO, reason, self.reason_text(code, reason))
        return TaxCategory(code, None if rate is None else plain(Decimal(rate)))

    def reason_text(self, code: str, reason: str = "") -> str:
        """As the page says it; with a zero rate there is none, and no reason may be given."""
        if code in (Category.INSIDE_EU, Category.EXPORT):
            return by_law("supply_inside_eu" if code == Category.INSIDE_EU else "export", self.says, self.words)
        if code in (Category.EXEMPT, Category.OUTSIDE_VAT) and self.says.get("small_business"):
            return exempt_as_small(self.says["seller"]["country"], self.words)
        if code == Category.EXEMPT and reason in MARGIN_REASONS.values() and self.has_margins:
            scheme = next(one for one, known in MARGIN_REASONS.items() if known == reason)
            return margin_text(scheme.value, self.says, self.words)
        if code == Category.EXEMPT:
            by_scheme = {why: zero_rate for zero_rate, (_category, why) in ZERO_RATES.items() if why}
            return zero_rate_text(by_scheme.get(reason, ZeroRate.EXEMPT), self.words)
        texts = {Category.REVERSE_CHARGE: "reverse_charge", Category.OUTSIDE_VAT: "no_vat"}
        return self.words[texts[Category(code)]] if code in texts else ""

    def tax_sums(
        self, categories: dict[TaxKey, TaxCategory], lines: list[InvoicedLine], allowances: list[Allowance]
    ) -> list[TaxSum]:
        """A row per category and rate, also of those whose lines come to nothing."""
        bases: dict[TaxCategory, Decimal] = {}
        for line in lines:
            bases[line.tax] = bases.get(line.tax, ZERO) + line.net
        for allowance in allowances:
            bases[allowance.tax] = bases.get(allowance.tax, ZERO) - allowance.amount
        amounts = dict.fromkeys(bases, ZERO)
        for row in self.says["vat"]:
            tax, amount = categories[row_key(row)], self.sign * Decimal(row["tax"])
            if tax in amounts:
                amounts[tax] += amount
            else:
                self.need(not amount, Missing.SUMS)
        for tax, amount in amounts.items():
            self.judge_tax(tax, bases[tax], amount)
        zero = self.zero
        return [TaxSum(tax, base + zero, amounts[tax] + zero) for tax, base in bases.items()]

    def judge_tax(self, tax: TaxCategory, base: Decimal, amount: Decimal) -> None:
        self.need(tax.code != Category.ASKED, Missing.ZERO_RATE)
        if tax.code == Category.STANDARD:
            self.need(bool(self.says["seller"]["vat_id"]), Missing.SELLER_VAT_ID)
            self.need(bool(tax.rate), Missing.RATE)
            # the rules allow less than one whole unit
            self.need(not tax.rate or abs(base * tax.rate / 100 - amount) < Decimal("0.9"), Missing.OTHER_RATE)

    @property
    def zero(self) -> Decimal:
        return Decimal(0).scaleb(-decimals(self.says["currency"]))

    # --- lines ------------------------------------------------------------------------------------------------------

    def lines(self, categories: dict[TaxKey, TaxCategory]) -> tuple[list[InvoicedLine], list[Allowance]]:
        """What is on the page; discounts on the whole order as such, unless there is nothing else."""
        shares = line_shares(self.says)
        lines: list[InvoicedLine] = []
        allowances: list[Allowance] = []
        discounts: list[InvoicedLine] = []
        free: list[InvoicedLine] = []
        for said, unit, share in zip(self.says["lines"], self.facts["units"], shares, strict=True):
            if said["kind"] == "difference":
                continue
            for key, net in share.items():
                tax = self.tax_of(key, net, categories)
                line = self.line_of(said, unit, self.sign * net, tax, alone=len(share) == 1)
                if said["kind"] == "discount" and line.net < 0:
                    discounts.append(line)
                    allowances.append(Allowance(line.name, -line.net, tax))
                elif line.net or said["kind"] == "product":
                    lines.append(line)
                else:
                    free.append(line)
        return (lines, allowances) if lines else (discounts or free, [])  # a document has a line

    def tax_of(self, key: TaxKey, net: Decimal, categories: dict[TaxKey, TaxCategory]) -> TaxCategory:
        """Its row's. A rate that comes to nothing in all has no row; what costs nothing goes with any other."""
        if key in categories and (net or categories[key].code != Category.ASKED):
            return categories[key]
        if Decimal(key[1] or 0) > 0:
            return self.category_of(Category.STANDARD, "", key[1])
        known = [tax for tax in categories.values() if tax.code != Category.ASKED]
        untaxed = [tax for tax in known if tax.code != Category.STANDARD]
        fitting = untaxed or ([] if net else known)
        return fitting[0] if fitting else self.category_of(Category.ASKED, "", "0")

    def line_of(self, said: Says, unit: str, net: Decimal, tax: TaxCategory, *, alone: bool) -> InvoicedLine:
        quantity = self.sign * Decimal(said["quantity"]) if alone and Decimal(said["quantity"]) else Decimal(1)
        discount = self.discount_of(said, net) if alone else ZERO
        gross = net + discount
        if gross < 0 < quantity or quantity < 0 < gross:  # a price is never negative
            quantity = -quantity
        price, price_for = self.price_of(gross, quantity)
        return InvoicedLine(
            name=self.name_of(said),
            variant=said.get("variant", ""),
            sku=said.get("sku", ""),
            quantity=plain(quantity),
            unit=unit,
            price=price,
            price_for=price_for,
            discount=discount,
            net=net,
            tax=tax,
        )

    def price_of(self, gross: Decimal, quantity: Decimal) -> tuple[Decimal, Decimal]:
        exact = gross / quantity
        price = plain(exact.quantize(Decimal("1E-8")))
        if abs(quantity) >= MANY and price != exact:
            return abs(gross), plain(abs(quantity))
        return abs(price), Decimal(1)

    def discount_of(self, said: Says, net: Decimal) -> Decimal:
        """The line's discount without tax: the share that it is of the amount. None that adds to the price."""
        discount, amount = self.sign * Decimal(said["discount"]), self.sign * Decimal(said["amount"])
        if discount <= 0 or amount < 0:
            return ZERO
        if not self.says["prices_include_tax"]:
            return rounded(discount, self.says["currency"])
        rate = Decimal(said["taxes"][0]["rate"] or 0) if said["taxes"] else ZERO
        share = net / amount if amount else 100 / (100 + rate)
        return rounded(discount * share, self.says["currency"])

    def name_of(self, said: Says) -> str:
        """As on the page, where shipping may have no name of its own."""
        if said["kind"] == "product":
            return str(said["name"]).strip() or str(said.get("sku", "")).strip() or self.words["item"]
        kind = self.words["order_discount" if said["kind"] == "discount" else said["kind"]]
        return kind + (self.words["colon"] + said["name"] if said["name"] else "")

    def sums(self, lines: list[InvoicedLine], allowances: list[Allowance]) -> StatedSums:
        says = self.says
        difference = self.sign * sum(
            (Decimal(line["amount"]) for line in says["lines"] if line["kind"] == "difference"), ZERO
        )
        self.need(abs(difference) <= MOST_DIFFERENCE, Missing.DIFFERENCE)
        of_lines = sum((line.net for line in lines), ZERO)
        off = sum((one.amount for one in allowances), ZERO)
        net, tax = self.sign * Decimal(says["net"]) - difference, self.sign * Decimal(says["tax"])
        self.need(of_lines - off == net, Missing.SUMS)
        self.need(not self.has_more_decimals(lines), Missing.DECIMALS)
        zero = self.zero
        return StatedSums(
            lines=of_lines + zero,
            allowances=off,
            net=net + zero,
            tax=tax + zero,
            total=net + tax + zero,
            paid=self.paid(),
            difference=difference,
        )

    def has_more_decimals(self, lines: list[InvoicedLine]) -> bool:
        if decimals(self.says["currency"]) <= 2:
            return False
        rows = [amount for row in self.says["vat"] for amount in (Decimal(row["base"]), Decimal(row["tax"]))]
        amounts = [Decimal(self.says["total"]), self.paid(), *rows, *(line.net for line in lines)]
        amounts += [line.discount for line in lines]
        return any(round(amount, 2) != amount for amount in amounts)

    def paid(self) -> Decimal:
        """What of the invoice was paid, as its page says; what a credit note pays back is no payment of it."""
        if self.invoice.is_credit_note:
            return ZERO
        return Decimal(self.says["total"]) if self.invoice.paid_at else paid_so_far(self.invoice)

    # --- parties ----------------------------------------------------------------------------------------------------

    def seller(self, taxes: list[TaxSum]) -> TradeParty:
        says, facts = self.says["seller"], self.facts
        self.need(bool(says["name"].strip()), Missing.SELLER_NAME)
        self.need(is_country(says["country"]), Missing.SELLER_COUNTRY)
        legal_id = identifier_of(facts["seller_id"])
        if legal_id is None and says["registration"].strip():
            legal_id = Identifier("", says["registration"])
        self.need(bool(legal_id or says["vat_id"]), Missing.SELLER_ID)
        # one who is exempt and has no VAT id is known to the tax office by the number that the shop entered
        is_exempt = any(one.tax.code == Category.EXEMPT for one in taxes)
        return TradeParty(
            name=says["name"],
            street=says["street"],
            street2="",
            postcode=says["postcode"],
            city=says["city"],
            region="",
            country=says["country"].upper(),
            vat_id=vat_id_of(says),
            tax_number=says["registration"].strip() if is_exempt and not says["vat_id"] else "",
            legal_id=legal_id,
            address=identifier_of(facts["seller_address"]),
            contact=says["name"],
            phone=says["phone"],
            email=says["email"],
        )

    def buyer(self, taxes: list[TaxSum]) -> TradeParty:
        says = self.says["buyer"]
        name = says["company"] or says["name"]
        self.need(bool(name.strip()), Missing.BUYER_NAME)
        self.need(is_country(says["country"]), Missing.BUYER_COUNTRY)
        codes = {one.tax.code for one in taxes}
        self.need(Category.REVERSE_CHARGE not in codes or bool(says["vat_id"]), Missing.BUYER_VAT_ID)
        return replace(
            party_at(name, says),
            vat_id="" if Category.OUTSIDE_VAT in codes else vat_id_of(says),
            address=identifier_of(self.facts["buyer_address"]),
            contact=says["name"] if says["company"] else "",
            email=says.get("email", ""),
        )

    def ship_to(self, taxes: list[TaxSum], buyer: TradeParty) -> TradeParty | None:
        """Where the goods go, if not to the buyer; of a supply to another member state in any case."""
        if to := self.says.get("ship_to"):
            if not is_country(to["country"]):
                return None
            return party_at(to["company"] or to["name"], to)
        return buyer if any(one.tax.code == Category.INSIDE_EU for one in taxes) else None

    def buyer_reference(self) -> str:
        """What the buyer asked to mention; German rules want one, for which the order's number stands in."""
        said = str(self.says.get("buyer_reference") or "")
        parties = {self.says["seller"]["country"], self.says["buyer"]["country"]}
        return said or (str(self.says["order"]["number"]) if parties == {"DE"} else "")

    def payment(self, sums: StatedSums) -> PaymentAsked | None:
        """How it is to be paid, while something is open; where the rules want it said, of a credit note as well."""
        says, seller = self.says, self.says["seller"]
        is_open = sums.open > 0 and not self.invoice.is_credit_note
        is_german = {seller["country"], says["buyer"]["country"]} == {"DE"}
        is_wanted = is_german or (self.invoice.is_credit_note and seller["country"] == "NL")
        reference = str(says.get("structured_reference") or says.get("payment_reference") or says["number"])
        if is_open and seller["iban"]:
            means = SEPA_TRANSFER if says["currency"] == "EUR" else TRANSFER
            iban = "".join(seller["iban"].split())
            return PaymentAsked(means, reference, iban, "".join(seller["bic"].split()))
        return PaymentAsked(AS_AGREED, reference, "", "") if is_wanted else None


def identifier_of(said: SchemeId | None) -> Identifier | None:
    return Identifier(said["scheme"], said["id"]) if said else None


def party_at(name: str, says: Says) -> TradeParty:
    """Of this name at the address that is said."""
    return TradeParty(
        name=name,
        street=says["street"],
        street2=says["street2"],
        postcode=says["postcode"],
        city=says["city"],
        region=says["region"],
        country=says["country"].upper(),
    )


def is_country(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha()


def peppol_missing(document: EInvoiceSaid) -> Iterator[Missing]:
    """What Peppol wants besides: addresses on its network, and what the rules of single countries ask."""
    seller, buyer = document.seller, document.buyer
    if seller.address is None:
        yield Missing.SELLER_PEPPOL
    if buyer.address is None:
        yield Missing.BUYER_PEPPOL
    if seller.country == "NL":
        if not has_address(seller):
            yield Missing.SELLER_ADDRESS
        if seller.legal_id is None or seller.legal_id.scheme != "0106":
            yield Missing.SELLER_KVK
        if buyer.country == "NL" and not has_address(buyer):
            yield Missing.BUYER_ADDRESS
        if document.sums.open > 0 and document.payment is None:
            yield Missing.SELLER_IBAN
    if seller.country == buyer.country == "DE":
        if not has_address(seller):
            yield Missing.SELLER_ADDRESS
        if not has_address(buyer):
            yield Missing.BUYER_ADDRESS
        if not (seller.phone and seller.email):
            yield Missing.SELLER_CONTACT


def has_address(party: TradeParty) -> bool:
    return bool(party.street.strip() and party.postcode.strip() and party.city.strip())
