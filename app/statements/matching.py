"""Whose money a line of a statement is: which orders it names or fits, how sure that is, and why.

Only what leaves no doubt is called sure: a structured reference or a number, and the amount, and a payer who is not
another one. Nothing is booked by this; a person looks at it first.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from typing import Protocol

from app.amounts.money import ZERO


class Sureness(StrEnum):
    SURE = "sure"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Why(StrEnum):
    REFERENCE = "reference"
    NUMBER = "number"
    NEAR_NUMBER = "near_number"
    ACCOUNT = "account"
    NAME = "name"
    AMOUNT = "amount"
    PART = "part"
    OVER = "over"
    OTHER_NAME = "other_name"
    SEVERAL = "several"
    PROPOSED_TWICE = "proposed_twice"
    PAYOUT = "payout"


@dataclass(frozen=True)
class Claim:
    """What an order still has to get; negative what it has to give back."""

    order_id: int
    number: str
    amount: Decimal
    currency: str
    numbers: tuple[str, ...] = ()  # its own, that of its shop, those of its open invoices
    references: tuple[str, ...] = ()  # structured ones
    names: tuple[str, ...] = ()  # of the customer and the company
    customer_id: int | None = None


@dataclass(frozen=True)
class Share:
    claim: Claim
    amount: Decimal


@dataclass(frozen=True)
class Proposal:
    shares: tuple[Share, ...]
    sureness: Sureness
    whys: tuple[Why, ...]

    @property
    def is_sure(self) -> bool:
        return self.sureness == Sureness.SURE


class Movement(Protocol):
    """What of a line is asked."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def iban(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def end_to_end(self) -> str: ...


#: Groups of digits that belong together may be apart by so much.
APART = re.compile(r"[\s\-/._]{1,3}")
MOST_GROUPS = 4

#: A number of fewer digits may be anything: it counts only where the amount fits, too.
FEWEST_DIGITS = 4
MOST_NUMBERS = 8

#: Words of names that say nothing of whose they are.
SAYING_NOTHING = frozenset(
    "mr mrs ms mw mevr mevrouw dhr heer hr herr frau fam familie mme mlle monsieur madame sr sra bv nv vof gmbh ag kg "
    "ug sa sarl sas sl slu bvba srl ltd inc de der den van von und en of the la le les el los du des da di".split()
)


@dataclass
class Matcher:
    """Claims by what lines may say of them. `accounts` are those of customers, known by what was booked before."""

    claims: Sequence[Claim]
    accounts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_digits: dict[str, list[Claim]] = defaultdict(list)
        self.by_reference: dict[str, list[Claim]] = defaultdict(list)
        self.by_amount: dict[tuple[str, Decimal], list[Claim]] = defaultdict(list)
        self.by_customer: dict[int, list[Claim]] = defaultdict(list)
        for claim in self.claims:
            for digits in {key for number in claim.numbers for key in digit_keys(number)}:
                self.by_digits[digits].append(claim)
            for reference in claim.references:
                self.by_reference[reference].append(claim)
            self.by_amount[claim.currency, claim.amount].append(claim)
            if claim.customer_id is not None:
                self.by_customer[claim.customer_id].append(claim)

    def propose_all(self, lines: Iterable[Movement]) -> list[Proposal | None]:
        """One for each line; of two that would settle the same order only the first can be sure."""
        found, taken = [], set[int]()
        for line in lines:
            proposal = self.propose(line)
            if proposal:
                orders = {share.claim.order_id for share in proposal.shares}
                if orders & taken:
                    proposal = Proposal(proposal.shares, Sureness.POSSIBLE, (*proposal.whys, Why.PROPOSED_TWICE))
                taken |= orders
            found.append(proposal)
        return found

    def propose(self, line: Movement) -> Proposal | None:
        if not line.amount:
            return None
        by_reference = self.referred(line)
        named = by_reference or self.named(line)
        fitting = self.by_amount.get((line.currency, line.amount), [])
        if named and not by_reference and (mistyped := self.mistyped(line, named, fitting)):
            return mistyped
        if named:
            return self.by_name_of_order(line, named, Why.REFERENCE if by_reference else Why.NUMBER)
        return self.of_known_account(line) or near_number(line, fitting) or by_payer(line, fitting)

    def referred(self, line: Movement) -> list[Claim]:
        said = [line.reference, *re.findall(r"\bRF\d{2}(?: ?[A-Z0-9]{1,4}){1,6}\b", line.text.upper())]
        keys = [re.sub(r"[^A-Z0-9]", "", one.upper()) for one in said if one]
        found = {claim.order_id: claim for key in keys for claim in self.of_sign(self.by_reference.get(key, ()), line)}
        return list(found.values()) if len(found) == 1 else []

    def named(self, line: Movement) -> list[Claim]:
        """The claims whose numbers stand in the text, each once; short numbers only where the amount fits."""
        found: dict[int, Claim] = {}
        for letters, digits in numbers_in(f"{line.text} {line.reference} {line.end_to_end}"):
            claims = self.of_sign(self.by_digits.get(digits, ()), line)
            if len(digits) < FEWEST_DIGITS:
                claims = [one for one in claims if one.amount == line.amount]
            for claim in narrow(claims, letters, digits, line):
                found.setdefault(claim.order_id, claim)
        return list(found.values())[:MOST_NUMBERS]

    def mistyped(self, line: Movement, named: list[Claim], fitting: list[Claim]) -> Proposal | None:
        """Where nothing but the number speaks for those it names: one that name, amount and nearly the number fit."""
        if any(one.amount == line.amount or self.is_payer(line, one) for one in named):
            return None
        theirs = [one for one in fitting if is_alike(line.name, one.names)]
        return near_number(line, theirs) or (by_payer(line, theirs) if len(theirs) == 1 else None)

    def of_sign(self, claims: Iterable[Claim], line: Movement) -> list[Claim]:
        return [one for one in claims if one.currency == line.currency and (one.amount > 0) == (line.amount > 0)]

    def by_name_of_order(self, line: Movement, named: list[Claim], why: Why) -> Proposal:
        if len(named) == 1:
            return self.of_one(line, named[0], why)
        for count in range(len(named), 1, -1):
            for some in combinations(named, count):
                if sum((one.amount for one in some), ZERO) == line.amount:
                    one_payer = all(self.is_payer(line, claim) for claim in some)
                    sure = one_payer and count == len(named)
                    return Proposal(
                        tuple(Share(one, one.amount) for one in some),
                        Sureness.SURE if sure else Sureness.LIKELY,
                        (why, Why.AMOUNT) if one_payer else (why, Why.AMOUNT, Why.OTHER_NAME),
                    )
        exact = [one for one in named if one.amount == line.amount]
        if len(exact) == 1:
            return Proposal((Share(exact[0], line.amount),), Sureness.LIKELY, (why, Why.AMOUNT, Why.SEVERAL))
        return Proposal(tuple(share_out(named, line.amount)), Sureness.POSSIBLE, (why, Why.SEVERAL))

    def of_one(self, line: Movement, claim: Claim, why: Why) -> Proposal:
        """A structured reference has check digits: who pays by it may be anybody."""
        is_payer = why == Why.REFERENCE or self.is_payer(line, claim)
        whys = [why]
        if claim.amount == line.amount:
            whys.append(Why.AMOUNT)
        else:
            whys.append(Why.PART if abs(line.amount) < abs(claim.amount) else Why.OVER)
        if not is_payer:
            whys.append(Why.OTHER_NAME)
        if claim.amount == line.amount and is_payer and why == Why.NUMBER and self.has_double(line, claim):
            sureness = Sureness.LIKELY
            whys.append(Why.SEVERAL)
        elif claim.amount == line.amount and is_payer:
            sureness = Sureness.SURE
        else:
            sureness = Sureness.LIKELY if claim.amount == line.amount or is_payer else Sureness.POSSIBLE
        return Proposal((Share(claim, line.amount),), sureness, tuple(whys))

    def has_double(self, line: Movement, claim: Claim) -> bool:
        """Another order of this amount that the payer may be of as well: one wrong digit would name the other."""
        near = {
            id(one): one
            for key in long_keys(claim)
            for other in near_keys(key)
            for one in self.by_digits.get(other, ())
        }
        return any(
            one.order_id != claim.order_id and one.amount == line.amount and self.is_payer(line, one)
            for one in near.values()
        )

    def is_payer(self, line: Movement, claim: Claim) -> bool:
        """Not another one, as far as the line says who it is."""
        known = self.accounts.get(line.iban) if line.iban else None
        if known is not None and known == claim.customer_id:
            return True
        return not line.name or is_alike(line.name, claim.names)

    def of_known_account(self, line: Movement) -> Proposal | None:
        customer = self.accounts.get(line.iban) if line.iban else None
        claims = self.of_sign(self.by_customer.get(customer, ()), line) if customer is not None else []
        exact = [one for one in claims if one.amount == line.amount]
        if exact:
            sureness = Sureness.LIKELY if len(exact) == 1 else Sureness.POSSIBLE
            whys = (Why.ACCOUNT, Why.AMOUNT) if len(exact) == 1 else (Why.ACCOUNT, Why.AMOUNT, Why.SEVERAL)
            return Proposal((Share(exact[0], line.amount),), sureness, whys)
        if len(claims) > 1 and sum((one.amount for one in claims), ZERO) == line.amount:
            shares = tuple(Share(one, one.amount) for one in claims)
            return Proposal(shares, Sureness.LIKELY, (Why.ACCOUNT, Why.AMOUNT))
        return None


def share_out(claims: list[Claim], amount: Decimal) -> list[Share]:
    """Each gets what it is owed as long as there is some; what is left over goes to the last."""
    shares, left = [], amount
    for claim in claims:
        part = min(claim.amount, left) if amount > 0 else max(claim.amount, left)
        if part:
            shares.append(Share(claim, part))
            left -= part
    if left and shares:
        shares[-1] = replace(shares[-1], amount=shares[-1].amount + left)
    return shares


def near_number(line: Movement, fitting: list[Claim]) -> Proposal | None:
    """A number with one wrong digit, of an order whose amount fits."""
    said = [digits for _letters, digits in numbers_in(f"{line.text} {line.end_to_end}") if len(digits) >= FEWEST_DIGITS]
    near = [claim for claim in fitting if any(is_near(key, one) for key in long_keys(claim) for one in said)]
    if not near:
        return None
    if len(near) > 1:
        near = [one for one in near if is_alike(line.name, one.names)] or near
    is_payer = not line.name or is_alike(line.name, near[0].names)
    sureness = Sureness.LIKELY if is_payer and len(near) == 1 else Sureness.POSSIBLE
    whys = (Why.NEAR_NUMBER, Why.AMOUNT) if is_payer else (Why.NEAR_NUMBER, Why.AMOUNT, Why.OTHER_NAME)
    return Proposal((Share(near[0], line.amount),), sureness, whys)


def by_payer(line: Movement, fitting: list[Claim]) -> Proposal | None:
    """By name and amount; by the amount alone where only one order has it."""
    alike = [one for one in fitting if is_alike(f"{line.name} {'' if line.name else line.text}", one.names)]
    if alike:
        sureness = Sureness.LIKELY if len(alike) == 1 else Sureness.POSSIBLE
        whys = (Why.NAME, Why.AMOUNT) if len(alike) == 1 else (Why.NAME, Why.AMOUNT, Why.SEVERAL)
        return Proposal((Share(alike[0], line.amount),), sureness, whys)
    if len(fitting) == 1:
        other = (Why.OTHER_NAME,) if line.name else ()
        return Proposal((Share(fitting[0], line.amount),), Sureness.POSSIBLE, (Why.AMOUNT, *other))
    return None


# --- numbers --------------------------------------------------------------------------------------------------------


def digit_keys(number: str) -> set[str]:
    """The digits of a number, with and without zeros before them: "INV-00042" is found by 00042 and by 42."""
    digits = re.sub(r"\D", "", number)
    return {digits, digits.lstrip("0")} - {""}


def long_keys(claim: Claim) -> list[str]:
    return [key for number in claim.numbers for key in digit_keys(number) if len(key) >= FEWEST_DIGITS]


def letters_of(number: str) -> str:
    return re.sub(r"[^A-Z]", "", number.upper())


def numbers_in(text: str) -> list[tuple[str, str]]:
    """What may be a number, with the letters before it: groups of digits, alone and joined where little is between."""
    groups = list(re.finditer(r"\d+", text))
    found: dict[tuple[str, str], None] = {}
    for start, first in enumerate(groups):
        before = re.search(r"([A-Za-z]*)[\s\-/._#:]{0,2}$", text[: first.start()])
        letters = letters_of(before[1]) if before else ""
        digits = ""
        for position in range(start, min(start + MOST_GROUPS, len(groups))):
            between = text[groups[position - 1].end() : groups[position].start()] if digits else ""
            if digits and not APART.fullmatch(between):
                break
            digits += groups[position][0]
            for key in {digits, digits.lstrip("0")} - {""}:
                found[letters, key] = None
    return list(found)


def narrow(claims: list[Claim], letters: str, digits: str, line: Movement) -> list[Claim]:
    """Of several with these digits the one whose number begins with these letters, else whose amount fits."""
    if len(claims) < 2:
        return claims
    lettered = [
        one
        for one in claims
        if letters and any(letters_of(n).endswith(letters) and digits in digit_keys(n) for n in one.numbers)
    ]
    exact = [one for one in lettered or claims if one.amount == line.amount]
    return exact or lettered or claims


def near_keys(key: str) -> set[str]:
    """What differs from it by one digit that is wrong or missing, or by two that changed places."""
    places = range(len(key))
    wrong = {key[:at] + digit + key[at + 1 :] for at in places for digit in "0123456789"}
    missing = {key[:at] + key[at + 1 :] for at in places}
    swapped = {key[:at] + key[at + 1] + key[at] + key[at + 2 :] for at in places[:-1]}
    return (wrong | missing | swapped) - {key}


def is_near(key: str, said: str) -> bool:
    """One digit wrong, missing or too many, or two that changed places."""
    if abs(len(key) - len(said)) > 1:
        return False
    if len(key) == len(said):
        wrong = [place for place in range(len(key)) if key[place] != said[place]]
        is_swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
        return len(wrong) == 1 or (is_swapped and key[wrong[0]] == said[wrong[1]] and key[wrong[1]] == said[wrong[0]])
    longer, shorter = (key, said) if len(key) > len(said) else (said, key)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))


# --- names ----------------------------------------------------------------------------------------------------------


def is_alike(said: str, names: Iterable[str]) -> bool:
    """Whether a payer may be one of these: the last word of the name is said, or two words of it.

    Banks write "J JANSEN EO FEMKE"; a first name alone is anybody's.
    """
    said_words = words_of_name(said)
    for name in names:
        words = words_of_name(name)
        shared = [word for word in words if any(is_same_word(word, one) for one in said_words)]
        if shared and (words[-1] in shared or len(shared) > 1):
            return True
    return False


def words_of_name(name: str) -> list[str]:
    spelled = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    letters = "".join(sign for sign in spelled if not unicodedata.combining(sign)).casefold()
    return [
        word
        for word in re.findall(r"\w+", letters)
        if len(word) > 2 and word not in SAYING_NOTHING and not word.isdigit()
    ]


def is_same_word(a: str, b: str) -> bool:
    """Long ones with one letter wrong are the same; a bank may cut one off."""
    if a == b:
        return True
    if min(len(a), len(b)) < 5:
        return False
    return is_near(a, b) or (min(len(a), len(b)) >= 6 and (a.startswith(b) or b.startswith(a)))
