"""All tables, in reading order: the shop, its people, its catalogue, orders and what belongs to them, documents, mail.

Columns, relationships and one-expression facts; no verbs and no queries. Amounts are exact Decimals in the order's
currency; moments are aware and in UTC. The statuses on an order are derived by `app.accounting.states` from the
facts beside them, and stored so that lists can filter and sort by them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NotRequired, Self, TypedDict

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.amounts.ledger import Ledger
from app.amounts.money import ZERO
from app.columns import (
    Amount,
    At,
    Currency,
    DocumentFacts,
    Exact,
    Facts,
    Language,
    MaybeAt,
    Moment,
    Names,
    Payload,
    Secret,
    Secrets,
    Short,
    Text255,
    Text500,
    first_address,
    now,
    tidy_addresses,
)
from app.extensions import Base, Model, db
from app.postal.house_numbers import House, find_house
from app.queues.leases import Leased


def stored_as_text(kind: type[StrEnum], length: int = 30) -> Enum:
    return Enum(kind, native_enum=False, length=length, values_callable=lambda members: [m.value for m in members])


#: What names the table in a condition, where an index of that table needs none.
OF_TABLE = re.compile(r"\b(orders|order_line|invoice|shipment|product|customer)\.")


def index_where(
    name: str, condition: str | tuple[str, str], columns: Sequence[str] = ("placed_at",), told: Sequence[str] = ()
) -> Index:
    """Of the rows that fulfil it; what is `told` besides needs no look at the row."""
    on_sqlite, on_postgresql = (condition, condition) if isinstance(condition, str) else condition
    return Index(
        name,
        *columns,
        "id",
        *told,
        sqlite_where=text(OF_TABLE.sub("", on_sqlite)),
        postgresql_where=text(OF_TABLE.sub("", on_postgresql)),
    )


def compact_number(table: str = "") -> str:
    """A VAT number without the signs between its digits, by which an index knows it; `table` where it is asked for."""
    said = f"{table}.vat_id" if table else "vat_id"
    for sign in " .-/":
        said = f"replace({said}, '{sign}', '')"
    return f"upper({said})"


def of_vat_numbers(table: str) -> Index:
    """Who else has a number, though few have any."""
    where = text("vat_id <> ''")
    name = f"ix_{table}_vat_number"
    return Index(name, text(compact_number()), sqlite_where=where, postgresql_where=where)


# --- the shop -------------------------------------------------------------------------------------------------------


class InvoiceMoment(StrEnum):
    DIRECT = "direct"  # when the order is placed
    PAID = "paid"  # when it is paid
    MANUAL = "manual"


class ZeroRate(StrEnum):
    """What VAT of 0 % stands for in the shop, for e-invoices must say it."""

    ASKED = ""
    ZERO = "zero"  # by law
    EXEMPT = "exempt"
    MARGIN_GOODS = "margin_goods"  # second-hand
    MARGIN_ART = "margin_art"
    MARGIN_ANTIQUES = "margin_antiques"


class MarginScheme(StrEnum):
    """Under which special scheme goods are sold, whose VAT is in the margin (articles 311 to 343 of 2006/112/EC).

    The values are those of ZeroRate, for a shop may say so of all that it sells.
    """

    NONE = ""
    GOODS = "margin_goods"  # second-hand
    ART = "margin_art"
    ANTIQUES = "margin_antiques"  # and collectors' items


class FacturXFor(StrEnum):
    """Whose mails bring an invoice as PDF with its XML inside, where it can be had as that."""

    NOBODY = ""
    BUSINESSES = "businesses"
    EVERYBODY = "everybody"


class FacturXTo(StrEnum):
    """The same of one customer's mails, whoever else gets it."""

    AS_SHOP = ""
    ALWAYS = "always"
    NEVER = "never"


class VatCategory(StrEnum):
    """The rates of a country, each of which is another percentage from a day on."""

    STANDARD = "standard"
    REDUCED = "reduced"  # the highest of those that are
    SECOND_REDUCED = "second_reduced"
    THIRD_REDUCED = "third_reduced"
    SUPER_REDUCED = "super_reduced"
    PARKING = "parking"
    ZERO = "zero"


class VatGoods(StrEnum):
    """What shops sell that is often at another rate than the standard one."""

    FOOD = "food"
    BASIC_FOOD = "basic_food"
    RESTAURANT = "restaurant"
    BOOKS = "books"
    EBOOKS = "ebooks"
    NEWSPAPERS = "newspapers"
    MEDICINES = "medicines"
    HYGIENE = "hygiene"
    CHILDREN = "children"
    PLANTS = "plants"
    FEED = "feed"
    ART = "art"
    CULTURE = "culture"
    LODGING = "lodging"
    REPAIRS = "repairs"
    SOLAR = "solar"


class RateOrigin(StrEnum):
    """Whose word a VAT rate is. What came along is brought up to date by an update of Toonbank, the others never."""

    SHIPPED = "shipped"
    CORRECTED = "corrected"
    OWN = "own"


class Telling(StrEnum):
    """Whether a shop is told."""

    OFF = "off"
    ASK = "ask"  # somebody says so each time
    ON = "on"


class EInvoiceFormat(StrEnum):
    UBL = "ubl"  # Peppol BIS Billing 3.0
    XRECHNUNG = "xrechnung"  # UBL by the rules of German authorities
    CII = "cii"  # EN 16931
    FACTUR_X = "factur_x"  # the print with CII inside, as PDF/A-3


class EInvoiceWay(StrEnum):
    """How e-invoices leave."""

    NOWHERE = ""
    FOLDER = "folder"  # out of which another program takes them
    MAIL = "mail"  # to the address of an access point
    ACCESS_POINT = "access_point"  # by its API


class InvoicesFor(StrEnum):
    """Which orders that come in from another shop are invoiced here. The others are invoiced elsewhere."""

    NONE = "none"
    OPEN = "open"  # those that are not over where they come from, nor invoiced there
    ALL = "all"


class MapKind(StrEnum):
    BUILT_IN = "built_in"  # drawn here, without the internet
    OPENSTREETMAP = "openstreetmap"
    GOOGLE = "google"


class Paper(StrEnum):
    """What documents are printed on."""

    A4 = "a4"
    LETTER = "letter"


class LogoSize(StrEnum):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class LogoPlace(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class SkuPlace(StrEnum):
    """Where an invoice says the SKU of a product."""

    BELOW = "below"  # its description
    COLUMN = "column"
    NOWHERE = "nowhere"


class WordKind(StrEnum):
    """What of a shop's words people read in languages of their own: customers, and colleagues a custom status.

    A tax is named in its source's words, which may be in any language; all else in the shop's.
    """

    PAYMENT_METHOD = "payment_method"
    SHIPPING_METHOD = "shipping_method"
    RETURN_REASON = "return_reason"
    RETURN_ACTION = "return_action"
    DELIVERY_TIME = "delivery_time"
    CUSTOM_STATUS = "custom_status"
    TAX = "tax"


#: The colour that documents are written in, and what of them may have another.
INK = "#1f2933"

#: Columns of an invoice that a shop may leave out.
COLUMNS_TO_CHOOSE = ("unit_price", "discount", "vat")


class Shop(Model):
    """The shop's own settings: one row."""

    __tablename__ = "shop"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[Text255]
    street: Mapped[Text255]
    postcode: Mapped[Short]
    city: Mapped[Text255]
    country: Mapped[str] = mapped_column(String(2), default="NL")
    vat_id: Mapped[Short]
    registration: Mapped[Text255]  # chamber of commerce or trade register number
    email: Mapped[Text255]
    phone: Mapped[Short]
    website: Mapped[Text255]
    iban: Mapped[Short]
    bic: Mapped[Short]
    footer: Mapped[str] = mapped_column(Text, default="")  # below invoices, in the shop's language
    footers: Mapped[Facts]  # {language: the same in another one}
    page_foot: Mapped[str] = mapped_column(Text, default="")  # of each page; "": name, website and number
    page_feet: Mapped[Facts]  # {language: the same in another one}
    own_words: Mapped[Facts]  # {WordKind: {word in the shop's language: {language: the same in another one}}}
    accent: Mapped[str] = mapped_column(String(7), default=INK)
    paper: Mapped[Paper] = mapped_column(stored_as_text(Paper), default=Paper.A4)
    logo_size: Mapped[LogoSize] = mapped_column(stored_as_text(LogoSize), default=LogoSize.MEDIUM)
    logo_place: Mapped[LogoPlace] = mapped_column(stored_as_text(LogoPlace), default=LogoPlace.LEFT)
    sku_on_invoices: Mapped[SkuPlace] = mapped_column(stored_as_text(SkuPlace), default=SkuPlace.BELOW)
    slips_with_prices: Mapped[bool] = mapped_column(default=False)
    invoice_columns: Mapped[list[str]] = mapped_column(db.JSON, default=lambda: list(COLUMNS_TO_CHOOSE))
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    language: Mapped[Language]
    languages: Mapped[Names]  # offered for documents and mails; empty: the shop's own only
    time_zone: Mapped[str] = mapped_column(String(60), default="Europe/Amsterdam")
    invoice_moment: Mapped[InvoiceMoment] = mapped_column(stored_as_text(InvoiceMoment), default=InvoiceMoment.DIRECT)
    payment_term_days: Mapped[int] = mapped_column(default=14)
    #: Rests up to this may be written off, in the currency of the order; 0: none.
    write_off_limit: Mapped[Exact] = mapped_column(default=Decimal("0.05"))
    delivery_times: Mapped[Names]  # the list offered in an invoice's pop-up
    zero_rate: Mapped[ZeroRate] = mapped_column(stored_as_text(ZeroRate, 20), default=ZeroRate.ASKED)
    factur_x_for: Mapped[FacturXFor] = mapped_column(stored_as_text(FacturXFor, 20), default=FacturXFor.NOBODY)
    factur_x_countries: Mapped[Names]  # of the buyer, where it is only for those of some countries; else empty
    e_invoices_go: Mapped[Telling] = mapped_column(stored_as_text(Telling, 20), default=Telling.OFF)
    e_invoice_format: Mapped[EInvoiceFormat] = mapped_column(stored_as_text(EInvoiceFormat), default=EInvoiceFormat.UBL)
    e_invoice_way: Mapped[EInvoiceWay] = mapped_column(stored_as_text(EInvoiceWay), default=EInvoiceWay.NOWHERE)
    e_invoice_folder: Mapped[Text255]  # "": e-invoices, in the folder of the installation
    e_invoice_address: Mapped[Text255]  # of an access point that takes mails
    access_point_url: Mapped[Text500]  # that takes documents
    access_point_header: Mapped[Short]  # in which the secret stands; "": Authorization
    access_point_secret: Mapped[Secret] = mapped_column("access_point_secret_sealed")
    access_point_as_form: Mapped[bool] = mapped_column(default=False)  # as a file of a form, not as the body
    access_point_status: Mapped[Text500]  # where the state of {id} is asked
    access_point_lookup: Mapped[Text500]  # where it is asked whether {key} is there already
    credit_notes_own_series: Mapped[bool] = mapped_column(default=True)  # False: they take the invoices' numbers
    hide_email_on_invoices: Mapped[bool] = mapped_column(default=False)
    hide_phone_on_invoices: Mapped[bool] = mapped_column(default=False)
    terms_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))  # goes with an order's first invoice
    logo_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))  # on documents and pages
    forbid_unpaid_shipping: Mapped[bool] = mapped_column(default=False)  # False: only a warning
    quote_days: Mapped[int] = mapped_column(default=30)  # how long a quote is valid, unless its draft says otherwise
    return_days: Mapped[int] = mapped_column(default=14)  # the return period, from the day the last parcel went
    low_stock: Mapped[int] = mapped_column(default=5)  # pieces: a product with so many, or fewer, is soon sold out
    reminder_days: Mapped[list[int]] = mapped_column(db.JSON, default=list)  # days after ordering; at most four
    late_terms: Mapped[bool] = mapped_column(default=False)  # its terms provide for costs and interest of late payment
    reminders_from_due: Mapped[bool] = mapped_column(default=False)  # these days count from the day an invoice is due
    reminders_ask: Mapped[bool] = mapped_column(default=False)  # none goes before somebody has said yes
    charged_from: Mapped[int] = mapped_column(default=0)  # the automatic reminder from which on they charge; 0: none
    reference_rates: Mapped[Names]  # newer ones than come along: "ecb 2026-07-01 2.15"
    reminders_since: Mapped[MaybeAt]  # when automatic reminders were switched on: nothing older is dunned
    mails_off: Mapped[Names]  # kinds of mail that never go by themselves
    maps: Mapped[MapKind] = mapped_column(stored_as_text(MapKind), default=MapKind.BUILT_IN)
    maps_key: Mapped[Text255]  # Google's
    smtp_host: Mapped[Text255]
    smtp_port: Mapped[int] = mapped_column(default=587)
    smtp_security: Mapped[str] = mapped_column(String(10), default="starttls")  # starttls | ssl | none
    smtp_user: Mapped[Text255]
    smtp_password: Mapped[Secret] = mapped_column("smtp_password_sealed")
    mail_sender: Mapped[Text255]
    security_log_days: Mapped[int] = mapped_column(default=90)  # how long the security log is kept
    mail_hold: Mapped[int] = mapped_column(default=30)  # seconds that a mail waits whose action can be undone
    signin_hours: Mapped[int] = mapped_column(default=12)  # a sign-in that isn't used ends after so many
    signin_days: Mapped[int] = mapped_column(default=30)  # any sign-in ends after so many
    factor_roles: Mapped[list[int]] = mapped_column(db.JSON, default=list)  # ids of roles that need a second factor
    fresh_minutes: Mapped[int] = mapped_column(default=15)  # what needs a fresh sign-in asks once more after so many
    copies_kept: Mapped[int] = mapped_column(default=14)  # daily ones; 0: none are made by themselves
    copies_hour: Mapped[int] = mapped_column(default=3)  # of the shop's clock, after which the day's copy is made
    copies_folder: Mapped[Text255]  # "": copies, in the folder of the installation
    checks_books: Mapped[bool] = mapped_column(default=True)  # every night
    books_checked_at: Mapped[MaybeAt]  # when the last such check began
    is_small_business: Mapped[bool] = mapped_column(default=False)  # exempt from VAT, and its invoices say so
    steps_put_away: Mapped[bool] = mapped_column(default=False)  # Home shows the first steps no more
    seller_demanded: Mapped[bool] = mapped_column(default=True)  # no invoice while something of the seller is missing
    books_closed_until: Mapped[date | None]  # the last of the days into which nothing is dated any more
    ledger_chart: Mapped[Short]  # of accounts; "": the usual one of the shop's country
    ledger_accounts: Mapped[Facts]  # {use: account}, where it is another than the chart's
    uses_oss: Mapped[bool] = mapped_column(default=False)  # VAT of other member states goes by One Stop Shop
    sells_services: Mapped[bool] = mapped_column(default=False)  # mainly; some limits of small businesses differ
    checks_vat_numbers: Mapped[bool] = mapped_column(default=False)  # of customers, at VIES
    year_begins: Mapped[int] = mapped_column(default=1)  # the month in which the financial year begins
    datev_adviser: Mapped[Short]
    datev_client: Mapped[Short]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name


class StoredFile(Model):
    """A file that somebody uploaded, such as the terms; a new upload is a new row, so that what was sent stays."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Text255]
    media_type: Mapped[Short]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[At]

    def __str__(self) -> str:
        return self.name


class Counter(Model):
    """The next number of one series of documents; locked while one is drawn, so that none is skipped or doubled."""

    __tablename__ = "counter"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)  # a key of app.numbering.SERIES
    series: Mapped[str] = mapped_column(String(10), primary_key=True, default="main")  # main | demo
    prefix: Mapped[Short]
    start: Mapped[int] = mapped_column(default=1)
    next: Mapped[int] = mapped_column(default=1)
    digits: Mapped[int] = mapped_column(default=5)


class DatedSeries(Model):
    """The numbers of one period of a series whose prefix names the year: a row for each prefix that was drawn from."""

    __tablename__ = "dated_series"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    series: Mapped[str] = mapped_column(String(10), primary_key=True, default="main")
    prefix: Mapped[str] = mapped_column(String(60), primary_key=True)  # filled in: "INV2026-"
    digits: Mapped[int]
    start: Mapped[int] = mapped_column(default=1)
    next: Mapped[int] = mapped_column(default=1)


class PastSeries(Model):
    """Numbers that were drawn before their series got another prefix, start or length."""

    __tablename__ = "past_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    series: Mapped[str] = mapped_column(String(10), default="main")
    prefix: Mapped[Short]
    digits: Mapped[int]
    first: Mapped[int]
    last: Mapped[int]
    lost_at: Mapped[MaybeAt]  # its documents were lost then, by putting an older copy back


class MailText(Model):
    """The shop's own text of a mail in one language, instead of the one that came with Toonbank."""

    __tablename__ = "mail_text"
    __table_args__ = (UniqueConstraint("kind", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    language: Mapped[Language]
    subject: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


# --- people ---------------------------------------------------------------------------------------------------------

staff_roles = Table(
    "staff_role",
    Base.metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Model, RoleMixin):
    """A named set of rights."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    description: Mapped[Text255]
    permissions: Mapped[Names]

    def __str__(self) -> str:
        return self.name


class Staff(Model, UserMixin):
    """Somebody who works in the back office."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[Text255]
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[Language]
    time_zone: Mapped[Short]  # of times on the screen; "": the shop's
    start_page: Mapped[Short]  # the endpoint of the view that they begin at; "": Home
    seen_at: Mapped[MaybeAt]  # coarsely, by whatever sign-in
    away_since: Mapped[MaybeAt]  # until when they were here the time before
    totp_secret: Mapped[Secrets]  # of the authenticator app; empty: none
    totp_step: Mapped[int] = mapped_column(default=0)  # of the last code that was taken, in half minutes since 1970
    created_at: Mapped[At]
    version: Mapped[int] = mapped_column(default=1)
    roles: Mapped[list[Role]] = relationship(secondary=staff_roles, lazy="selectin")  # type: ignore[assignment]

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def rights(self) -> set[str]:
        return {right for role in self.roles for right in role.permissions}


class StaffSession(Model):
    """A live sign-in. Signing out deletes it, so that a copied cookie stops working."""

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the id in the cookie
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[At]
    seen_at: Mapped[At]
    browser: Mapped[Text255]
    address: Mapped[Short]  # of the network that it came from
    stays: Mapped[bool] = mapped_column(default=False)  # on a device that lives unused as long as it may live at all
    proved_at: Mapped[MaybeAt]  # when the person last showed who they are


class StaffBrowser(Model):
    """A browser that somebody has signed in with before."""

    __tablename__ = "staff_browser"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the person and the mark in the cookie
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    seen_at: Mapped[At]


class RecoveryCode(Model):
    """A code that stands in once for a second factor."""

    __tablename__ = "recovery_code"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the person and the code
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)


class Passkey(Model):
    """A key in a device of somebody's, which signs in by itself."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    title: Mapped[Text255]
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)  # base64url, as the device names it
    public_key: Mapped[str] = mapped_column(Text)  # COSE, base64url
    sign_count: Mapped[int] = mapped_column(BigInteger)  # of the last time; devices that don't count say 0
    created_at: Mapped[At]
    used_at: Mapped[MaybeAt]


class SignInLink(Model):
    """A one-time link that signs a member of staff in."""

    __tablename__ = "sign_in_link"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the token in the link
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class ListView(Model):
    """A list as somebody wants to find it again, as a tab above it: what it is narrowed by, under a name."""

    __tablename__ = "list_view"
    __table_args__ = (Index("ix_list_view_list_staff_id", "list", "staff_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list: Mapped[str] = mapped_column(String(40))  # as its page is called in addresses of the program
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)  # None: all's
    title: Mapped[Short]
    address: Mapped[str] = mapped_column(String(2000))  # the part of the address that says search, filters and order
    created_at: Mapped[At]

    def __str__(self) -> str:
        return self.title

    @property
    def is_shared(self) -> bool:
        return self.staff_id is None


class ListLook(Model):
    """How one person wants to see one list."""

    __tablename__ = "list_look"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    list: Mapped[str] = mapped_column(String(40), primary_key=True)
    columns: Mapped[Names]  # those that are shown; none: as the list declares
    rows: Mapped[int] = mapped_column(default=0)  # a page; 0: as the list declares
    is_dense: Mapped[bool] = mapped_column(default=False)


IS_REFUSAL = "fold IS NOT NULL"


class SecurityEvent(Model):
    """A line of the security log; `kind` is a value of `app.security.security_log.SecurityKind`."""

    __tablename__ = "security_event"
    __table_args__ = (
        Index("ix_security_event_kind", "kind", "id"),
        Index("ix_security_event_refused", "id", sqlite_where=text(IS_REFUSAL), postgresql_where=text(IS_REFUSAL)),
        Index("ix_security_event_refused_at", "at", sqlite_where=text(IS_REFUSAL), postgresql_where=text(IS_REFUSAL)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[At] = mapped_column(Moment, default=now, index=True)  # of what is counted, the last time
    kind: Mapped[str] = mapped_column(String(40))
    account: Mapped[Text255]  # a name or an e-mail address; "" where nobody can be named
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    client: Mapped[str] = mapped_column(String(45), default="")  # network address
    detail: Mapped[Text255]
    times: Mapped[int] = mapped_column(default=1)
    fold: Mapped[str | None] = mapped_column(String(64), unique=True)  # what makes two refusals one row

    def __str__(self) -> str:
        return f"{self.kind} {self.account or self.client}".strip()


class AddressKind(StrEnum):
    BILLING = "billing"
    SHIPPING = "shipping"


class AddressColumns:
    """The fields of a postal address, shared by what a customer has and what an order copied."""

    name: Mapped[Text255]
    company: Mapped[Text255]
    street: Mapped[Text255]  # as it is printed, with the number of the house
    house_number: Mapped[Short]  # "" where no source says it apart; the line of the street says it too
    house_extension: Mapped[Short]
    street2: Mapped[Text255]
    postcode: Mapped[Short]
    city: Mapped[Text255]
    region: Mapped[Text255]
    country: Mapped[str] = mapped_column(String(2), default="")
    phone: Mapped[Short]

    @property
    def house(self) -> House:
        return House(self.street or "", self.house_number or "", self.house_extension or "")


ADDRESS_FIELDS = tuple(AddressColumns.__annotations__)


@event.listens_for(AddressColumns, "before_insert", propagate=True)
@event.listens_for(AddressColumns, "before_update", propagate=True)
def forget_other_house(_mapper: object, _connection: object, address: AddressColumns) -> None:
    """Whoever wrote the line, the parts say nothing else."""
    if (address.house_number or address.house_extension) and not find_house(*address.house):
        address.house_number = address.house_extension = ""


class Source(StrEnum):
    """Who brings orders: the platform of an outside shop, or one of our own ways."""

    WOOCOMMERCE = "woocommerce"
    SHOPIFY = "shopify"
    LIGHTSPEED = "lightspeed"
    ECWID = "ecwid"
    BIGCOMMERCE = "bigcommerce"
    MAGENTO = "magento"
    PRESTASHOP = "prestashop"
    SHOPWARE = "shopware"
    ETSY = "etsy"
    BOL = "bol"
    AMAZON = "amazon"
    EBAY = "ebay"
    SQUARESPACE = "squarespace"
    CSV = "csv"  # a file, whoever wrote it
    API = "api"
    STAFF = "staff"  # begun here, as a draft
    SEED = "seed"


@dataclass(frozen=True)
class ShopKey:
    """An outside shop as far as orders are known by it; it needs no session."""

    id: int | None  # None: the shop is only about to be made, so nothing has come from it
    source: Source


class OutsideShop(Model):
    """A shop elsewhere that orders come from: through its connections, and in files that belong to it.

    Orders and customers are known by their shop and the id they have there: two shops of one platform both have an
    order 14.
    """

    __tablename__ = "outside_shop"
    __table_args__ = (UniqueConstraint("source", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source] = mapped_column(stored_as_text(Source, 60))  # its platform
    title: Mapped[str] = mapped_column(String(120))
    host: Mapped[Text255]  # its host name as its orders state it, without www
    payment_page: Mapped[Text500]  # where its customers pay an order: https://…/{number}
    is_mixed: Mapped[bool] = mapped_column(default=False)  # holds what came before shops were told apart
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[At]
    file_read_at: Mapped[MaybeAt]  # when a file of its orders was given last
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> ShopKey:
        return ShopKey(self.id, self.source)


class FromShop:
    """What everything has that came from an outside shop, or will come."""

    source: Mapped[Source] = mapped_column(stored_as_text(Source, 60))  # the shop's platform
    outside_shop_id: Mapped[int] = mapped_column(ForeignKey("outside_shop.id"), index=True)

    @property
    def shop_key(self) -> ShopKey:
        return ShopKey(self.outside_shop_id, self.source)


#: Who brings orders that come from no outside shop. They are known by who brought them (a program by the title of its
#: keys, which its next key has, too), and the id there.
WITHOUT_SHOP = (Source.STAFF, Source.API, Source.SEED)
IS_WITHOUT_SHOP = f"source IN {tuple(source.value for source in WITHOUT_SHOP)}"
WHERE_NO_SHOP: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), text("outside_shop_id IS NULL"))


def of_people(column: str) -> Index:
    """An index of the customers that are more than a signpost, as their list is sorted."""
    return index_where(f"ix_customer_{column}_id", "merged_into_id IS NULL", (column,))


#: With a company or a VAT number.
BUSINESSES = "(customer.company <> '' OR customer.vat_id <> '')"
OF_BUSINESSES = OF_TABLE.sub("", f"merged_into_id IS NULL AND {BUSINESSES}")


class Customer(Model):
    __tablename__ = "customer"
    __table_args__ = (
        UniqueConstraint("external_id", "outside_shop_id"),
        Index("ix_customer_without_shop", "external_id", "source", "program", unique=True, **WHERE_NO_SHOP),
        CheckConstraint(
            f"outside_shop_id IS NOT NULL OR external_id IS NULL OR {IS_WITHOUT_SHOP}", name="outside_shop_id"
        ),
        *[of_people(column) for column in ("name", "company", "email", "created_at")],
        index_where("ix_customer_language_name", "merged_into_id IS NULL", ("language", "name")),
        Index(
            "ix_customer_business_name",
            *("name", "id", "company", "vat_id", "merged_into_id"),  # all that is asked: SQLite takes it then
            sqlite_where=text(OF_BUSINESSES),
            postgresql_where=text(OF_BUSINESSES),
        ),
        index_where("ix_customer_merged_into_id", "merged_into_id IS NOT NULL", ("merged_into_id",)),
        Index("ix_customer_lower_email", text("lower(email)")),  # an order finds its customer by it
        of_vat_numbers("customer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source | None] = mapped_column(stored_as_text(Source, 60))
    outside_shop_id: Mapped[int | None] = mapped_column(ForeignKey("outside_shop.id"), index=True)
    program: Mapped[str] = mapped_column(String(120), default="")  # whose id it is, where no shop has it
    external_id: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[Text255]
    company: Mapped[Text255]
    vat_id: Mapped[Short]
    buyer_reference: Mapped[Short]  # what invoices are to name: a Leitweg-ID, a cost centre
    email: Mapped[Text255]
    phone: Mapped[Short]
    language: Mapped[str] = mapped_column(String(5), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    no_reminders: Mapped[bool] = mapped_column(default=False)  # none go by themselves, of no order
    factur_x: Mapped[FacturXTo] = mapped_column(stored_as_text(FacturXTo, 20), default=FacturXTo.AS_SHOP)
    created_at: Mapped[At]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # then it is only a signpost
    erased_at: Mapped[MaybeAt]  # when all that named the customer was erased, unless somebody is named here since
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    addresses: Mapped[list[CustomerAddress]] = relationship(
        back_populates="customer", cascade="all, delete-orphan", order_by="CustomerAddress.kind"
    )

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name or self.company or self.email

    @validates("name", "company", "email", "phone")
    def _name_somebody(self, column: str, value: str) -> str:
        """Who is named after the erasing can be erased again; a customer is known by one address."""
        if value:
            self.erased_at = None
        return first_address(value) if column == "email" and value else value

    @property
    def billing(self) -> CustomerAddress | None:
        return next((a for a in self.addresses if a.kind == AddressKind.BILLING), None)

    @property
    def shipping(self) -> CustomerAddress | None:
        return next((a for a in self.addresses if a.kind == AddressKind.SHIPPING), None)


class CustomerAddress(Model, AddressColumns):
    """A customer's own address; orders copy it, so changing it changes no order."""

    __tablename__ = "customer_address"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind"),
        Index("ix_customer_address_country_customer_id", "country", "customer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    kind: Mapped[AddressKind] = mapped_column(stored_as_text(AddressKind, 10))
    customer: Mapped[Customer] = relationship(back_populates="addresses")


class CustomerLink(Model):
    """A one-time link that signs a customer in to My account; whoever reads the mailbox is the customer."""

    __tablename__ = "customer_link"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the token in the link
    email: Mapped[str] = mapped_column(String(255))  # in lower case
    expires_at: Mapped[datetime] = mapped_column(Moment)


class CustomerSession(Model):
    """A customer's live sign-in to My account."""

    __tablename__ = "customer_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the id in the cookie
    email: Mapped[str] = mapped_column(String(255))  # in lower case
    started_at: Mapped[At]
    seen_at: Mapped[At]


# --- catalogue and methods ------------------------------------------------------------------------------------------


class VatCheckState(StrEnum):
    WAITING = "waiting"
    VALID = "valid"
    INVALID = "invalid"
    UNANSWERED = "unanswered"  # and not asked any more


class VatCheck(Model, Leased):
    """A VAT number that VIES was asked about, and its answer: the proof. Each question is a row; an answer stays."""

    __tablename__ = "vat_check"
    __table_args__ = (
        Index("ix_vat_check_number_id", "number", "id"),
        Index("ix_vat_check_state_due_at", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[Short]  # as VIES writes it: BE0123456749
    state: Mapped[VatCheckState] = mapped_column(stored_as_text(VatCheckState), default=VatCheckState.WAITING)
    error: Mapped[Short]  # why there is no answer yet, in the code of VIES, or a Trouble
    name: Mapped[Text255]  # as VIES tells them; many states tell neither
    address: Mapped[Text500]
    consultation: Mapped[Short]  # the number by which VIES can tell that it was asked, and what it answered
    requester: Mapped[Short]  # as whom it was asked; "" as nobody, and then it gives no consultation number
    asked_by: Mapped[Text255]  # "": by itself
    created_at: Mapped[At]
    answered_at: Mapped[MaybeAt]  # by the clock of VIES

    def __str__(self) -> str:
        return self.number


#: That are for sale, and run out.
KEPT_PRODUCTS = "product.is_active AND product.keeps_stock"
STOCK_NOT_KEPT = "NOT product.keeps_stock"
#: That are not for sale, or no more.
PRODUCTS_NOT_FOR_SALE = "NOT product.is_active"
PRODUCTS_UNDER_MARGIN_SCHEME = "product.margin_scheme <> ''"


class Product(Model):
    __tablename__ = "product"
    __table_args__ = (
        *[Index(f"ix_product_{column}_id", column, "id") for column in ("name", "price", "stock")],
        Index("ix_product_sku_or_none", text("coalesce(sku, '')"), "id"),
        index_where("ix_product_kept_stock", KEPT_PRODUCTS, ("stock",)),
        index_where("ix_product_not_for_sale_name", PRODUCTS_NOT_FOR_SALE, ("name",)),
        index_where("ix_product_under_margin_scheme", PRODUCTS_UNDER_MARGIN_SCHEME, ()),
        index_where("ix_product_stock_not_kept_name", STOCK_NOT_KEPT, ("name",)),
        Index("ix_product_vat_rate_name", "vat_rate", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str | None] = mapped_column(String(120), unique=True)
    name: Mapped[Text255]
    price: Mapped[Amount]
    vat_rate: Mapped[Amount]  # percent
    stock: Mapped[Amount]
    keeps_stock: Mapped[bool] = mapped_column(default=True)  # else nobody is warned when more is sold than there is
    location: Mapped[Short]  # where it lies, printed on the packing slip
    margin_scheme: Mapped[MarginScheme] = mapped_column(stored_as_text(MarginScheme, 20), default=MarginScheme.NONE)
    purchase_price: Mapped[Exact | None]  # of one, in the shop's currency; no customer sees it
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name


class VatRate(Model):
    """A rate of a country from a day on. Nobody deletes one: what is not in use is not proposed any more."""

    __tablename__ = "vat_rate"
    __table_args__ = (UniqueConstraint("country", "category", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    category: Mapped[VatCategory] = mapped_column(stored_as_text(VatCategory, 20))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]  # the last day; None: until the country has another one of this category
    percent: Mapped[Exact]
    goods: Mapped[Names]  # of VatGoods: what is at this rate, as far as shops sell it
    source: Mapped[Text255]  # the law that says so
    origin: Mapped[RateOrigin] = mapped_column(stored_as_text(RateOrigin, 20), default=RateOrigin.OWN)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return f"{self.country} {self.percent:f} % ({self.valid_from})"


class YearlySales(Model):
    """What was invoiced in a year in the shop's currency, as limits of the law look at it; reckoned anew every day."""

    __tablename__ = "yearly_sales"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    turnover: Mapped[Amount]  # without VAT, credit notes taken off
    distance_sales: Mapped[Amount]  # of that: to people without VAT number in other member states
    reckoned_at: Mapped[At]


class MovementKind(StrEnum):
    ORDERED = "ordered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    COUNTED = "counted"
    COUNTED_THERE = "counted_there"  # by a connected shop, whose number was taken over
    LOST = "lost"  # it goes once more, for the first parcel got lost


class StockMovement(Model):
    """A change of a product's stock, tied to the document that made it: no document moves a line's stock twice."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        UniqueConstraint("document", "order_line_id"),
        Index("ix_stock_movement_product_id_id", "product_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[Exact]  # negative: it left the shelf
    kind: Mapped[MovementKind] = mapped_column(stored_as_text(MovementKind, 60))
    document: Mapped[str | None] = mapped_column(String(60))  # as "orders:5"; None: somebody counted
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id", ondelete="CASCADE"))
    #: The shop that told of it, and has counted it itself already; None: no shop knows of it yet.
    outside_shop_id: Mapped[int | None] = mapped_column(ForeignKey("outside_shop.id"))
    moved_at: Mapped[At]
    entered_by: Mapped[Text255]
    is_demo: Mapped[bool] = mapped_column(default=False)


class Trouble(StrEnum):
    """Why a shop could not be read; `app/connections/failures.py` says it in a sentence."""

    NO_ANSWER = "no_answer"
    TOO_SLOW = "too_slow"
    TOO_BUSY = "too_busy"
    OUT_OF_ORDER = "out_of_order"
    REFUSED_BEFORE = "refused_before"  # by something that stands in front of the shop
    CERTIFICATE = "certificate"
    UNENCRYPTED = "unencrypted"
    REDIRECTED = "redirected"
    NO_API = "no_api"
    WRONG_KEY = "wrong_key"
    WRONG_CLOCK = "wrong_clock"
    NO_RIGHT = "no_right"
    SEALED = "sealed"  # our own key is another one
    NOT_THERE = "not_there"
    REFUSED = "refused"
    OVER_THERE = "over_there"  # cancelled, completed or refunded there: what it would be told no longer fits
    BY_HAND = "by_hand"  # its API can't, or not so that it comes out right
    OTHER_ORDER = "other_order"  # there, than what is known here by its number
    GIVEN_UP = "given_up"  # it was away for too long
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    ASKED_WRONGLY = "asked_wrongly"
    OURS = "ours"


class LinkState(StrEnum):
    """What a product of a connected shop is here."""

    MATCHED = "matched"  # the product that has its SKU
    BY_HAND = "by_hand"  # the product that somebody chose
    TO_MATCH = "to_match"  # unclear: somebody has to say
    NOT_OURS = "not_ours"  # somebody said that it is none of ours


#: Those that stand for a product of ours.
LINKED = (LinkState.MATCHED, LinkState.BY_HAND)


#: Numbers that differ and nothing explains it, or that could not be told.
DIFFERS = "differs_at IS NOT NULL OR trouble IS NOT NULL"


class ShopProduct(Model, Leased):
    """What a connected shop sells under one id, which product that is here, and how many the shop has of it.

    While `is_due` is set, a worker compares both numbers and tells the shop, or takes its number over. `asked` counts
    how often that was wanted, so that what moves meanwhile is not forgotten.

    `base` is what the shop should have by what it was told, `base_movement_id` the last movement that is in it. With
    what moved since of which the shop knew by itself, that is what it should have now; the rest is a difference.
    """

    __tablename__ = "shop_product"
    __table_args__ = (
        UniqueConstraint("outside_shop_id", "external_id"),
        CheckConstraint("(state IN ('matched', 'by_hand')) = (product_id IS NOT NULL)", name="product"),
        CheckConstraint("(base IS NULL) = (base_movement_id IS NULL)", name="base"),
        CheckConstraint("(trying IS NULL) = (trying_base IS NULL)", name="trying"),
        Index("ix_shop_product_product_id", "product_id"),
        Index("ix_shop_product_state_id", "state", "id"),
        Index("ix_shop_product_state_title_id", "state", "title", "id"),
        Index("ix_shop_product_title_id", "title", "id"),
        Index("ix_shop_product_outside_shop_id_sku", "outside_shop_id", "sku"),
        Index(
            "ix_shop_product_due",
            "due_at",
            "id",
            sqlite_where=text("is_due"),
            postgresql_where=text("is_due"),
        ),
        Index("ix_shop_product_differs", "id", sqlite_where=text(DIFFERS), postgresql_where=text(DIFFERS)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    outside_shop_id: Mapped[int] = mapped_column(ForeignKey("outside_shop.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(120))
    parent_id: Mapped[str] = mapped_column(String(120), default="")  # of its product there, where it is a variant
    facts: Mapped[Facts]  # what else it takes to ask for it, as its platform names it
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    state: Mapped[LinkState] = mapped_column(stored_as_text(LinkState), default=LinkState.TO_MATCH)
    sku: Mapped[str] = mapped_column(String(120), default="")
    title: Mapped[Text255]
    variant: Mapped[Text255]
    price: Mapped[Exact | None]  # as the shop states it, in its currency
    includes_tax: Mapped[bool | None]  # of the price
    vat_rate: Mapped[Exact | None]  # percent
    tax_class: Mapped[str] = mapped_column(String(120), default="")
    is_offered: Mapped[bool] = mapped_column(default=True)
    is_shippable: Mapped[bool] = mapped_column(default=True)
    is_counted: Mapped[bool] = mapped_column(default=False)
    stock: Mapped[Exact | None]  # there, as last seen
    seen_at: Mapped[At]  # when it was seen there last
    gone_at: Mapped[MaybeAt]  # it is not there any more
    told: Mapped[Exact | None]  # the number that the shop was told last
    told_at: Mapped[MaybeAt]
    base: Mapped[Exact | None]
    base_movement_id: Mapped[int | None]
    trying: Mapped[Exact | None]  # the number that is being told: whether it arrived is not known yet
    trying_base: Mapped[Exact | None]  # what `base` becomes then
    trying_movement_id: Mapped[int | None]
    differs_at: Mapped[MaybeAt]  # by the shop's clock: since when its number is one that nothing here explains
    is_due: Mapped[bool] = mapped_column(default=False)
    asked: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[Trouble | None] = mapped_column(stored_as_text(Trouble))  # why it could not be told
    last_error: Mapped[str] = mapped_column(Text, default="")  # the shop's own words
    outside_shop: Mapped[OutsideShop] = relationship()
    product: Mapped[Product | None] = relationship()

    def __str__(self) -> str:
        return f"{self.title} {self.variant}".strip() or self.sku or self.external_id

    @property
    def difference(self) -> Decimal | None:
        """How many more the shop has than it was told; None where nothing is compared."""
        return None if self.stock is None or self.told is None else self.stock - self.told

    def forget_numbers(self) -> None:
        """It stands for another product now: what was told of the one before says nothing of it."""
        self.told = self.told_at = self.base = self.base_movement_id = self.differs_at = self.trouble = None
        self.trying = self.trying_base = self.trying_movement_id = None
        self.is_due, self.last_error = False, ""


class PaymentMethod(Model):
    __tablename__ = "payment_method"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120), unique=True)
    confirms_itself: Mapped[bool] = mapped_column(default=False)  # iDEAL, card: the provider says that it is paid
    ledger_account: Mapped[Short]  # where its money stands until the bank tells of it; "": as is usual
    cost: Mapped[Amount]
    vat_rate: Mapped[Amount]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title


class ShippingMethod(Model):
    __tablename__ = "shipping_method"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120), unique=True)
    carrier: Mapped[Short]
    tracking_url: Mapped[Text255]  # with {code}, {postcode} and {country} in it
    is_pick_up: Mapped[bool] = mapped_column(default=False)
    cost: Mapped[Amount]
    vat_rate: Mapped[Amount]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title


# --- orders ---------------------------------------------------------------------------------------------------------


class OrderStatus(StrEnum):
    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_SHIPMENT = "awaiting_shipment"
    AWAITING_PICKUP = "awaiting_pickup"
    READY_FOR_PICKUP = "ready_for_pickup"
    NEEDS_DECISION = "needs_decision"  # money went back, or all is credited, while goods are still to go
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CREDITED = "credited"  # nothing is owed, nothing is to go, and nothing ever went
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    NOT_PAID = "not_paid"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"  # money came, and nothing is open
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    NOTHING_OWED = "nothing_owed"  # all is credited, or there was nothing to pay, and no money came
    CANCELLED = "cancelled"


#: Something is open.
UNPAID = (PaymentStatus.NOT_PAID, PaymentStatus.PARTIALLY_PAID)


class ShipmentStatus(StrEnum):
    NOT_SHIPPED = "not_shipped"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    NOTHING_TO_SHIP = "nothing_to_ship"  # nothing went, and nothing will
    CANCELLED = "cancelled"


#: Conditions with an index of their own. As text, for SQLite uses such an index only for the very same words.
OPEN_ORDERS = "orders.status NOT IN ('completed', 'credited', 'cancelled', 'draft')"
UNPAID_ORDERS = "orders.payment_status IN ('not_paid', 'partially_paid') AND orders.status <> 'draft'"
#: Of these, `app/accounting/owed.py` says how much it is.
UNCREDITED_ORDERS = (
    "orders.refunded > orders.credited AND orders.invoiced - orders.credited > orders.paid - orders.refunded"
    " AND (orders.cancelled_at IS NOT NULL OR orders.total - orders.credited > orders.paid - orders.refunded)"
    " AND orders.invoiced_elsewhere_at IS NULL"
)
NOT_INVOICED_ORDERS = (
    "orders.payment_status IN ('paid', 'partially_refunded') AND orders.total > orders.invoiced"
    " AND orders.paid - orders.refunded > orders.invoiced - orders.credited"
    " AND orders.invoiced_elsewhere_at IS NULL AND orders.status <> 'draft'"
)
ORDERS_TO_PAY_BACK = (
    "orders.paid > orders.refunded AND orders.paid - orders.refunded >"
    " (CASE WHEN orders.cancelled_at IS NULL THEN orders.total ELSE orders.invoiced END) + orders.adjusted"
    " - orders.credited"
)
OVERPAID_ORDERS = (
    "orders.paid > orders.refunded AND orders.paid - orders.refunded >"
    " (CASE WHEN orders.cancelled_at IS NULL THEN orders.total ELSE orders.invoiced END) + orders.adjusted"
)
#: The seller's data were missing when the invoice was due.
ORDERS_WAITING_FOR_SELLER = (
    "orders.invoice_waits AND orders.cancelled_at IS NULL AND orders.invoiced_elsewhere_at IS NULL"
)
LINES_TO_GO = "order_line.quantity > order_line.shipped + order_line.dropped"
ORDERS_WITH_QUESTION = "orders.has_unanswered_ticket"
ORDERS_WITH_MEMO = "orders.has_memo AND orders.status <> 'draft'"
ORDERS_WITH_TASK = "orders.has_open_task AND orders.status <> 'draft'"
#: Among them those of which VAT is reversed to the buyer.
WITHOUT_VAT_BUT_NUMBER = (
    "orders.vat_id <> '' AND orders.tax_total = 0 AND orders.total <> 0 AND orders.status <> 'draft'"
)

#: Whether an order is a draft, as `Order.is_draft.is_(…)` reads on SQLite and on PostgreSQL, for the same reason.
PLACED = ("is_draft IS 0", "is_draft IS false")
DRAFTS = ("is_draft IS 1", "is_draft IS true")


def of_placed(*columns: str) -> Index:
    """An index of the orders that are no drafts.

    `is_draft` is its condition and not its first column: nearly all rows say the same there, and without statistics a
    planner takes such an index for any question about orders.
    """
    return index_where(f"ix_orders_placed_{'_'.join(columns)}", PLACED, columns)


class CustomStatus(Model):
    """A label of the shop's own, shown instead of the order status; the status itself stays underneath."""

    __tablename__ = "custom_status"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(60), unique=True)
    colour: Mapped[str] = mapped_column(String(20), default="blue")
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title


class Order(Model):
    """An order. It is never deleted (the database refuses), except in the demo shop."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("external_id", "outside_shop_id"),
        Index("ix_orders_without_shop", "external_id", "source", "program", unique=True, **WHERE_NO_SHOP),
        CheckConstraint(f"outside_shop_id IS NOT NULL OR {IS_WITHOUT_SHOP}", name="outside_shop_id"),
        of_placed("number"),
        of_placed("customer_name"),
        of_placed("total"),
        of_placed("placed_at"),
        of_placed("payment_status", "placed_at"),
        of_placed("shipment_status", "placed_at"),
        of_placed("payment_status", "shipment_status", "placed_at"),
        of_placed("country", "placed_at"),
        of_placed("payment_method_title", "placed_at"),
        of_placed("shipping_method_title", "placed_at"),
        of_placed("channel", "placed_at"),
        of_placed("custom_status_id", "placed_at"),
        of_placed("outside_shop_id", "placed_at"),
        index_where("ix_orders_draft_placed_at", DRAFTS),
        index_where("ix_orders_draft_number", DRAFTS, ("number",)),
        Index("ix_orders_customer_id_placed_at", "customer_id", "placed_at"),
        of_vat_numbers("orders"),
        Index("ix_orders_status_placed_at", "status", "placed_at", "id"),
        index_where("ix_orders_open_placed_at", OPEN_ORDERS),
        index_where("ix_orders_unpaid_placed_at", UNPAID_ORDERS),
        index_where("ix_orders_unpaid_customer_id", UNPAID_ORDERS, ("customer_id",)),
        index_where("ix_orders_uncredited_placed_at", UNCREDITED_ORDERS),
        index_where("ix_orders_not_invoiced_placed_at", NOT_INVOICED_ORDERS),
        index_where("ix_orders_to_pay_back_placed_at", ORDERS_TO_PAY_BACK),
        index_where("ix_orders_paid_too_much_placed_at", OVERPAID_ORDERS),
        index_where("ix_orders_question_placed_at", ORDERS_WITH_QUESTION),
        index_where("ix_orders_memo_placed_at", ORDERS_WITH_MEMO),
        index_where("ix_orders_task_placed_at", ORDERS_WITH_TASK),
        index_where("ix_orders_without_vat_placed_at", WITHOUT_VAT_BUT_NUMBER),
        index_where("ix_orders_invoice_waits_placed_at", ORDERS_WAITING_FOR_SELLER),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)  # a draft has one of its own series until it is placed
    source: Mapped[Source] = mapped_column(stored_as_text(Source, 60))
    outside_shop_id: Mapped[int | None] = mapped_column(ForeignKey("outside_shop.id"))
    program: Mapped[str] = mapped_column(String(120), default="")  # that placed it: the title of its key; else ""
    channel: Mapped[Text255]  # host name or sales channel, as the order states it
    external_id: Mapped[str] = mapped_column(String(60))
    external_number: Mapped[Short]  # the number that the customer knows from that shop
    placed_at: Mapped[At]  # when the customer ordered; a draft carries the moment it was begun
    is_draft: Mapped[bool] = mapped_column(default=False)
    is_unplaced: Mapped[bool] = mapped_column(default=False)  # its customer began to pay elsewhere, no more
    invoice_waits: Mapped[bool] = mapped_column(default=False)  # its invoice is due, and who sells is not known in full
    currency: Mapped[Currency]
    prices_include_tax: Mapped[bool] = mapped_column(default=True)
    language: Mapped[Language]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    customer_name: Mapped[Text255]
    company: Mapped[Text255]
    vat_id: Mapped[Short]
    buyer_reference: Mapped[Short]
    purchase_order: Mapped[Short]  # the buyer's own number of the order
    email: Mapped[Text255]
    phone: Mapped[Short]
    customer_note: Mapped[str] = mapped_column(Text, default="")
    discount_codes: Mapped[Names]
    country: Mapped[str] = mapped_column(String(2), default="")  # where it goes
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("payment_method.id"))
    payment_method_title: Mapped[Text255]
    shipping_method_id: Mapped[int | None] = mapped_column(ForeignKey("shipping_method.id"))
    shipping_method_title: Mapped[Text255]
    is_pick_up: Mapped[bool] = mapped_column(default=False)

    # totals, in the order's currency
    net_total: Mapped[Amount]
    tax_total: Mapped[Amount]
    total: Mapped[Amount]  # what the customer owes: as the outside shop stated it
    computed_total: Mapped[Amount]  # what lines and taxes add up to; the difference is shown, never corrected
    invoiced: Mapped[Amount]
    credited: Mapped[Amount]
    paid: Mapped[Amount]
    refunded: Mapped[Amount]
    adjusted: Mapped[Amount]  # beside what the documents claim: charged for late payment, less what was written off

    # facts that the statuses derive from, and the statuses
    held_at: Mapped[MaybeAt]
    cancelled_at: Mapped[MaybeAt]
    invoiced_elsewhere_at: Mapped[MaybeAt]  # since when that is known here; then no invoice is made here
    elsewhere_number: Mapped[Text255]  # of the invoice that was made elsewhere, where it is known
    ready_at: Mapped[MaybeAt]  # ready for pick-up
    status: Mapped[OrderStatus] = mapped_column(stored_as_text(OrderStatus), default=OrderStatus.AWAITING_PAYMENT)
    payment_status: Mapped[PaymentStatus] = mapped_column(stored_as_text(PaymentStatus), default=PaymentStatus.NOT_PAID)
    shipment_status: Mapped[ShipmentStatus] = mapped_column(
        stored_as_text(ShipmentStatus), default=ShipmentStatus.NOT_SHIPPED
    )
    custom_status_id: Mapped[int | None] = mapped_column(ForeignKey("custom_status.id"))
    has_memo: Mapped[bool] = mapped_column(default=False)
    has_open_task: Mapped[bool] = mapped_column(default=False)
    has_unanswered_ticket: Mapped[bool] = mapped_column(default=False)
    quote_days: Mapped[int | None]  # how long quotes of a draft are valid; None: as the shop's are
    quote_number: Mapped[Short]  # what quotes of it are called, from its first one on
    before_reversal: Mapped[dict[str, object] | None] = mapped_column(db.JSON)  # while VAT is reversed: as it was
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    reminders: Mapped[int] = mapped_column(default=0)  # payment reminders that were sent, by hand and automatically
    automatic_reminders: Mapped[int] = mapped_column(default=0)  # how many of the shop's delays have been used up
    no_reminders: Mapped[bool] = mapped_column(default=False)  # none go by themselves
    reminded_at: Mapped[MaybeAt]
    stated_at: Mapped[MaybeAt]  # of what its shop said last: when it changed there; what is older is no news
    stated: Mapped[Facts]  # what its shop said last, as far as the next time is compared with it
    is_demo: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    outside_shop: Mapped[OutsideShop | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
    payment_method: Mapped[PaymentMethod | None] = relationship()
    shipping_method: Mapped[ShippingMethod | None] = relationship()
    addresses: Mapped[list[OrderAddress]] = relationship(back_populates="order")
    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", order_by="OrderLine.position")
    payments: Mapped[list[Payment]] = relationship(back_populates="order", order_by="Payment.id")
    invoices: Mapped[list[Invoice]] = relationship(back_populates="order", order_by="Invoice.id")
    shipments: Mapped[list[Shipment]] = relationship(back_populates="order", order_by="Shipment.id")
    returns: Mapped[list[Return]] = relationship(back_populates="order", order_by="Return.id")
    memos: Mapped[list[Memo]] = relationship(back_populates="order", order_by="Memo.id.desc()")
    tasks: Mapped[list[Task]] = relationship(back_populates="order", order_by="Task.id")
    tickets: Mapped[list[Ticket]] = relationship(back_populates="order", order_by="Ticket.id.desc()")
    shop_changes: Mapped[list[ShopChange]] = relationship(
        back_populates="order", order_by="ShopChange.id", cascade="all, delete-orphan"
    )
    shop_writes: Mapped[list[ShopWrite]] = relationship(back_populates="order", order_by="ShopWrite.id")
    custom_status: Mapped[CustomStatus | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @validates("email")
    def _tidy_email(self, _column: str, value: str) -> str:
        """Wherever it comes from: no blanks round it, and a comma between two."""
        return tidy_addresses(value) if value else value

    def __str__(self) -> str:
        return self.number

    @property
    def billing(self) -> OrderAddress | None:
        return next((a for a in self.addresses if a.kind == AddressKind.BILLING), None)

    @property
    def shipping(self) -> OrderAddress | None:
        return next((a for a in self.addresses if a.kind == AddressKind.SHIPPING), None)

    @property
    def ledger(self) -> Ledger:
        """A cancelled order claims no more than its invoices do."""
        claim = self.invoiced if self.cancelled_at else self.total
        elsewhere = claim - self.invoiced if self.is_invoiced_elsewhere else ZERO
        return Ledger(claim, self.invoiced, self.credited, self.paid, self.refunded, elsewhere, self.adjusted)

    @property
    def is_invoiced_elsewhere(self) -> bool:
        """Its own shop, or another program, makes the invoices of this order: here is none, and none is missing."""
        return self.invoiced_elsewhere_at is not None

    @property
    def open_amount(self) -> Decimal:
        """What the customer still owes; negative when there is something to pay back."""
        return self.ledger.open

    @property
    def is_unpaid(self) -> bool:
        return self.payment_status in UNPAID

    @property
    def has_open_slip(self) -> bool:
        """Something of it is packed, and has not gone."""
        return any(shipment.is_open for shipment in self.shipments)

    @property
    def payment_reference(self) -> str:
        """What who transfers money is asked to mention, where no invoice asks for a reference with check digits."""
        return self.number

    @property
    def is_paid_for(self) -> bool:
        """Nothing is open, and money came that did not all go back."""
        return self.payment_status in (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED)

    @property
    def stated_difference(self) -> Decimal:
        return self.total - self.computed_total

    @property
    def is_finished(self) -> bool:
        return self.status in (OrderStatus.COMPLETED, OrderStatus.CREDITED, OrderStatus.CANCELLED)

    @property
    def open_invoices(self) -> list[Invoice]:
        return [i for i in self.invoices if i.kind == InvoiceKind.INVOICE and i.paid_at is None]


class OrderAddress(Model, AddressColumns):
    """The order's own copy of an address."""

    __tablename__ = "order_address"
    __table_args__ = (UniqueConstraint("order_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    kind: Mapped[AddressKind] = mapped_column(stored_as_text(AddressKind, 10))
    order: Mapped[Order] = relationship(back_populates="addresses")


class ShopPart(StrEnum):
    """What of an order its own shop can change, and people here as well."""

    LINES = "lines"  # with the amounts
    BILLING = "billing"
    SHIPPING = "shipping"
    CONTACT = "contact"  # e-mail, phone, company, VAT number, the customer's note
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    DELETED = "deleted"


class ShopChange(Model):
    """What an order's own shop changed that is not followed by itself: it waits for somebody to decide."""

    __tablename__ = "shop_change"
    __table_args__ = (UniqueConstraint("order_id", "part"), Index("ix_shop_change_part_order_id", "part", "order_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    part: Mapped[ShopPart] = mapped_column(stored_as_text(ShopPart, 10))
    theirs: Mapped[Facts]  # how it is there, in the columns that it has here
    told_at: Mapped[At]
    order: Mapped[Order] = relationship(back_populates="shop_changes")


class LineKind(StrEnum):
    PRODUCT = "product"
    SHIPPING = "shipping"
    PAYMENT = "payment"  # what paying in that way costs
    FEE = "fee"
    DISCOUNT = "discount"  # on the whole order


class OrderLine(Model):
    """What was ordered, and also what comes on top: shipping, payment cost, fees, discounts on the whole order.

    `unit_price`, `discount` and `total` include tax when the order's prices do. The six counters say how far it is.
    Of goods, quantity = shipped + packed + to pack + dropped; nothing else decides what is to go.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("invoiced >= 0 AND invoiced <= quantity", name="invoiced"),
        CheckConstraint("shipped >= 0 AND shipped <= quantity", name="shipped"),
        CheckConstraint("dropped >= 0 AND shipped + dropped <= quantity", name="dropped"),
        index_where("ix_order_line_to_go", LINES_TO_GO, ("product_id",)),
        index_where("ix_order_line_sku_order_id", "sku <> ''", ("sku", "order_id")),
        CheckConstraint("credited >= 0 AND credited <= invoiced", name="credited"),
        CheckConstraint("returned >= 0 AND returned <= shipped", name="returned"),
        CheckConstraint("not_restocked >= 0 AND not_restocked <= quantity", name="not_restocked"),
        CheckConstraint("dropped_by_cancel >= 0 AND dropped_by_cancel <= dropped", name="dropped_by_cancel"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(stored_as_text(LineKind, 10), default=LineKind.PRODUCT)
    external_id: Mapped[Short]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    sku: Mapped[str] = mapped_column(String(120), default="")
    name: Mapped[str] = mapped_column(String(500), default="")
    variant: Mapped[Text255]
    quantity: Mapped[Exact]
    unit_price: Mapped[Exact]
    discount: Mapped[Amount]
    total: Mapped[Exact]
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(db.JSON, default=list)  # [{name, rate | None, amount}], as text
    tax_total: Mapped[Amount]
    invoiced: Mapped[Amount]
    shipped: Mapped[Amount]
    dropped: Mapped[Amount]  # what will never go: credited before it went, or cancelled
    dropped_by_cancel: Mapped[Exact | None]  # of these by Cancel; None: not cancelled, or long ago
    credited: Mapped[Amount]
    returned: Mapped[Amount]
    not_restocked: Mapped[Amount]  # pieces that somebody said are not put back in stock: they never are
    margin_scheme: Mapped[MarginScheme] = mapped_column(stored_as_text(MarginScheme, 20), default=MarginScheme.NONE)
    purchase_price: Mapped[Exact | None]  # of one, in the order's currency; both are fixed by the first invoice
    order: Mapped[Order] = relationship(back_populates="lines")

    @property
    def is_shippable(self) -> bool:
        return self.kind == LineKind.PRODUCT

    @property
    def to_ship(self) -> Decimal:
        """What is still to go, on a packing slip or on none."""
        return self.quantity - self.shipped - self.dropped if self.is_shippable else ZERO

    @property
    def packed(self) -> Decimal:
        """How much of it lies on open packing slips."""
        slips = [shipment for shipment in self.order.shipments if shipment.is_open]
        return sum([one.quantity for slip in slips for one in slip.lines if one.order_line_id == self.id], ZERO)

    @property
    def to_pack(self) -> Decimal:
        """What is still to go and on no packing slip."""
        return self.to_ship - self.packed if self.is_shippable else ZERO

    @property
    def dropped_uncredited(self) -> Decimal:
        """What will never go and is still on an invoice: crediting it changes nothing of the goods."""
        return max(ZERO, self.dropped - self.credited)

    @property
    def sent_uncredited(self) -> Decimal:
        """How much of what went is not credited: of all that is credited, what is not dropped had gone."""
        return max(ZERO, self.shipped - max(ZERO, self.credited - self.dropped))

    @property
    def to_invoice(self) -> Decimal:
        return self.quantity - self.invoiced


class PaymentKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"  # takes a payment or refund back
    WRITE_OFF = "write_off"  # no money moves: a small rest that is owed no more
    LATE_COSTS = "late_costs"  # no money moves: what is charged for late payment is owed as well
    INTEREST = "interest"


#: Charged for late payment.
LATE = (PaymentKind.LATE_COSTS, PaymentKind.INTEREST)

#: No money moves by these; what takes one back is of the same kind.
ADJUSTING = (PaymentKind.WRITE_OFF, *LATE)


class Payment(Model):
    """Money that came in (positive) or went back (negative). A mistake is taken back by a counter row: a reversal.

    Or without money: what is owed no more, positive as if it had come in, or less than 0 what is owed besides.
    """

    __tablename__ = "payment"
    __table_args__ = (UniqueConstraint("order_id", "external_id"), UniqueConstraint("reverses_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PaymentKind] = mapped_column(stored_as_text(PaymentKind, 10), default=PaymentKind.PAYMENT)
    amount: Mapped[Exact]
    method: Mapped[Text255]
    confirmed_itself: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[Text255]
    reason: Mapped[Text255]
    external_id: Mapped[str | None] = mapped_column(String(60))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    is_marked: Mapped[bool] = mapped_column(default=False)  # by Paid, which asks for no amount: Not paid takes it back
    invoice_id: Mapped[int | None]  # by Paid on this invoice
    paid_at: Mapped[At]
    entered_by: Mapped[Text255]
    order: Mapped[Order] = relationship(back_populates="payments")

    @property
    def is_money(self) -> bool:
        return self.kind not in ADJUSTING


# --- what the bank says -----------------------------------------------------------------------------------------------


class StatementFormat(StrEnum):
    CAMT = "camt"
    MT940 = "mt940"
    CODA = "coda"
    NORMA43 = "norma43"
    CFONB = "cfonb"
    OFX = "ofx"
    CSV = "csv"
    PAYOUT = "payout"  # what a payment provider pays out, as CSV
    UNKNOWN = "unknown"  # the CSV of a bank that nobody knows: somebody has to say which column is what


class Purpose(StrEnum):
    """What a movement is, where its file says so."""

    PAYMENT = "payment"
    FEE = "fee"  # of a payment provider
    PAYOUT = "payout"  # to the bank, where it comes in as one sum


class LineState(StrEnum):
    OPEN = "open"
    BOOKED = "booked"
    SET_ASIDE = "set_aside"


class SetAside(StrEnum):
    """Why a line of a statement is not booked on any order."""

    NOT_OURS = "not_ours"  # as somebody said: rent, wages, a transfer of the shop's own
    FEE = "fee"
    PAYOUT = "payout"  # of a payment provider, whose single payments are lines of their own
    IN_PARTS = "in_parts"  # a batch of which another file has the parts
    PROBABLY_KNOWN = "probably_known"  # another file, in another format, has one of this day and amount


class StatementFile(Model):
    """A file of a bank or a payment provider, as it was read, or waits to be."""

    __tablename__ = "statement_file"
    __table_args__ = (index_where("ix_statement_file_unknown", "form = 'unknown'", ("read_at",)),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Text255]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # compressed by zlib
    form: Mapped[StatementFormat] = mapped_column(stored_as_text(StatementFormat, 10))
    read_at: Mapped[At]
    read_by: Mapped[Text255]
    is_demo: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return self.name


class StatementRecipe(Model):
    """Which column is what in the CSV of a bank, as somebody said; the next file with such a header is read by it."""

    __tablename__ = "statement_recipe"
    __table_args__ = (UniqueConstraint("digest", "account"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))  # of the header, which several banks or accounts may share
    title: Mapped[Text255]  # the file by which it was said
    columns: Mapped[Facts]  # our field -> the name of its column
    decimal_mark: Mapped[str] = mapped_column(String(1), default="")
    date_form: Mapped[str] = mapped_column(String(3), default="")  # dmy | mdy | ymd
    out_words: Mapped[Text255]  # in the column of signs, what means that money went out
    account: Mapped[Short]  # whose it is, where the file doesn't say
    made_at: Mapped[At]
    made_by: Mapped[Text255]

    def __str__(self) -> str:
        return self.title


class StatementLine(Model):
    """A movement on an account, once, however many files tell of it; a part of a batch is one of its own."""

    __tablename__ = "statement_line"
    __table_args__ = (
        UniqueConstraint("account", "fingerprint"),
        Index("ix_statement_line_state_booked_on", "state", "booked_on", "id"),
        Index("ix_statement_line_account_booked_on", "account", "booked_on"),
        Index("ix_statement_line_iban", "iban"),
        index_where("ix_statement_line_payout", "purpose = 'payout'", ("amount",)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("statement_file.id"), index=True)
    account: Mapped[Short]  # IBAN, the bank's own number, or the name of a payment provider
    currency: Mapped[Currency]
    booked_on: Mapped[date]
    valued_on: Mapped[date | None]
    amount: Mapped[Exact]  # negative what went out
    fee: Mapped[Amount]
    name: Mapped[Text255]
    iban: Mapped[Short]
    text: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[Short]  # the structured one
    bank_reference: Mapped[Text255]
    end_to_end: Mapped[Text255]
    purpose: Mapped[Purpose] = mapped_column(stored_as_text(Purpose, 10), default=Purpose.PAYMENT)
    is_reversal: Mapped[bool] = mapped_column(default=False)
    fingerprint: Mapped[str] = mapped_column(String(64))
    state: Mapped[LineState] = mapped_column(stored_as_text(LineState, 10), default=LineState.OPEN)
    aside: Mapped[SetAside | None] = mapped_column(stored_as_text(SetAside, 20))
    decided_at: Mapped[MaybeAt]
    decided_by: Mapped[Text255]
    file: Mapped[StatementFile] = relationship()
    bookings: Mapped[list[LineBooking]] = relationship(back_populates="line", order_by="LineBooking.id")


class LineBooking(Model):
    """A payment or refund that a line of a statement was booked as; one that was taken back stays."""

    __tablename__ = "line_booking"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("statement_line.id"), index=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id", ondelete="CASCADE"), unique=True)
    line: Mapped[StatementLine] = relationship(back_populates="bookings")
    payment: Mapped[Payment] = relationship()


# --- documents ------------------------------------------------------------------------------------------------------


class InvoiceKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


#: What reports add up, kept together so that they read no document for it: a snapshot is long.
FIGURES_OF_DOCUMENTS = (
    "issued_at", "currency", "kind", "is_demo", "order_id", "net_total", "tax_total", "total",
)  # fmt: skip


class Invoice(Model):
    """An invoice or credit note. What it says never changes after issue: the database refuses.

    Paid state, delivery time and when it was sent may change; each change of what is printed is a new revision.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        Index("ix_invoice_issued_at_id", "issued_at", "id"),
        Index("ix_invoice_figures", *FIGURES_OF_DOCUMENTS),
        Index("ix_invoice_kind_issued_at", "kind", "issued_at", "id"),
        Index("ix_invoice_kind_number", "kind", "number", "id"),
        Index("ix_invoice_total_id", "total", "id"),
        Index("ix_invoice_due_on_or_never", text("coalesce(due_on, '9999-12-31')"), "id"),
        index_where("ix_invoice_unpaid_issued_at", "paid_at IS NULL", ("issued_at",), ("kind", "total", "due_on")),
        index_where("ix_invoice_credits_id", "credits_id IS NOT NULL", ("credits_id",)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[InvoiceKind] = mapped_column(stored_as_text(InvoiceKind, 12), default=InvoiceKind.INVOICE)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    credits_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    makes_anew: Mapped[bool] = mapped_column(default=False)  # what it credits is to be invoiced again; goods stay
    return_id: Mapped[int | None]  # that it settles, beside its first credit note; no key, for that one has it
    issued_at: Mapped[At]
    due_on: Mapped[date | None]
    language: Mapped[Language]
    currency: Mapped[Currency]
    net_total: Mapped[Exact]
    tax_total: Mapped[Exact]
    total: Mapped[Exact]
    snapshot: Mapped[DocumentFacts]
    revision: Mapped[int] = mapped_column(default=1)
    delivery_time: Mapped[Text255]
    settled_by: Mapped[list[dict[str, str]] | None] = mapped_column(db.JSON)  # [{amount, method, at}] at this revision
    paid_at: Mapped[MaybeAt]
    sent_at: Mapped[MaybeAt]
    is_demo: Mapped[bool] = mapped_column(default=False)
    order: Mapped[Order] = relationship(back_populates="invoices")
    lines: Mapped[list[InvoiceLine]] = relationship(back_populates="invoice", order_by="InvoiceLine.position")
    sending: Mapped[EInvoiceSending | None] = relationship(back_populates="invoice", passive_deletes="all")

    def __str__(self) -> str:
        return self.number

    @property
    def is_credit_note(self) -> bool:
        return self.kind == InvoiceKind.CREDIT_NOTE

    @property
    def bills(self) -> bool:
        """Whether it says how much of the order is invoiced: an invoice, or what takes one back to make it anew."""
        return self.kind == InvoiceKind.INVOICE or bool(self.makes_anew)

    @property
    def is_paid(self) -> bool:
        return self.paid_at is not None


class InvoiceLine(Model):
    """How much of which order line an invoice or credit note bills."""

    __tablename__ = "invoice_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id", ondelete="CASCADE"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))  # None: the difference as stated
    position: Mapped[int]
    quantity: Mapped[Exact]
    net: Mapped[Exact]
    tax: Mapped[Exact]
    taxes: Mapped[list[dict[str, Any]] | None] = mapped_column(
        db.JSON(none_as_null=True)
    )  # None: in proportion to the order line's
    invoice: Mapped[Invoice] = relationship(back_populates="lines")


class Print(Model):
    """The bytes of a printed invoice or credit note, per revision and language: printed once, kept, never changed."""

    __tablename__ = "print"
    __table_args__ = (UniqueConstraint("invoice_id", "revision", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id", ondelete="CASCADE"))
    revision: Mapped[int]
    language: Mapped[Language]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    printed_at: Mapped[At]


class EInvoice(Model):
    """The bytes of an e-invoice, per revision and format: made once, kept, never changed."""

    __tablename__ = "e_invoice"
    __table_args__ = (UniqueConstraint("invoice_id", "revision", "format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id", ondelete="CASCADE"))
    revision: Mapped[int]
    format: Mapped[EInvoiceFormat] = mapped_column(stored_as_text(EInvoiceFormat))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[At]


class EInvoiceState(StrEnum):
    ASKED = "asked"  # somebody has to say whether it is sent
    WAITING = "waiting"
    SENT = "sent"  # handed over; nothing more is to be known
    ACCEPTED = "accepted"  # by the access point, which is asked what became of it
    DELIVERED = "delivered"
    REFUSED = "refused"  # with its reason, or given up
    LEFT = "left"  # somebody said that it is not sent


class EInvoiceSending(Model, Leased):
    """An e-invoice on its way out of here, written in the transaction of the issue, or of what asked for it."""

    __tablename__ = "e_invoice_sending"
    __table_args__ = (
        Index("ix_e_invoice_sending_state_due_at", "state", "due_at"),
        Index("ix_e_invoice_sending_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id", ondelete="CASCADE"), unique=True)
    format: Mapped[EInvoiceFormat] = mapped_column(stored_as_text(EInvoiceFormat))
    way: Mapped[EInvoiceWay] = mapped_column(stored_as_text(EInvoiceWay))
    state: Mapped[EInvoiceState] = mapped_column(stored_as_text(EInvoiceState), default=EInvoiceState.WAITING)
    digest: Mapped[str] = mapped_column(String(64), default="")  # by which the other side knows it as the same
    begun_at: Mapped[MaybeAt]  # since then it may have arrived
    external_id: Mapped[Text255]  # by which the access point knows it
    status_url: Mapped[Text500]  # where that says what becomes of it
    answer: Mapped[int | None]  # its last HTTP status
    trouble: Mapped[Trouble | None] = mapped_column(stored_as_text(Trouble))
    missing: Mapped[Names]  # values of app.einvoices.missing.Missing
    last_error: Mapped[str] = mapped_column(Text, default="")  # in the words of the other side
    decided_by: Mapped[Text255]  # who said that it is sent, or left
    created_at: Mapped[At]
    sent_at: Mapped[MaybeAt]
    ended_at: Mapped[MaybeAt]  # delivered, refused or left
    invoice: Mapped[Invoice] = relationship(back_populates="sending")

    def __str__(self) -> str:
        return f"e-invoice {self.invoice_id}"


class Quote(Model):
    """What a draft was offered for, until a day: a revision each time that it says something else. It never changes.

    Who has its link accepts it, and the draft is placed, as long as it still is what was quoted.
    """

    __tablename__ = "quote"
    __table_args__ = (UniqueConstraint("order_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    revision: Mapped[int]
    language: Mapped[Language]
    made_on: Mapped[date]
    valid_until: Mapped[date]
    says: Mapped[str] = mapped_column(String(64))  # SHA-256 of what of the draft is quoted
    snapshot: Mapped[Facts]
    made_at: Mapped[At]
    accepted_at: Mapped[MaybeAt]
    order: Mapped[Order] = relationship()

    def __str__(self) -> str:
        return str(self.snapshot["number"])


class QuotePrint(Model):
    """The bytes of a printed quote: printed once, kept, never changed."""

    __tablename__ = "quote_print"

    id: Mapped[int] = mapped_column(primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    printed_at: Mapped[At]


class QuoteLink(Model):
    """The link of a mail by which a quote is looked at and accepted; made when the mail goes."""

    __tablename__ = "quote_link"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the token in the link
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[At]


LIES_OPEN = "sent_at IS NULL AND withdrawn_at IS NULL"


class Shipment(Model):
    """A packing slip, and the parcel once it is sent.

    While it is open its contents may change, each time as a new revision. Withdrawn, it stays, and its number is used.
    """

    __tablename__ = "shipment"
    __table_args__ = (
        UniqueConstraint("order_id", "external_id"),
        CheckConstraint("sent_at IS NULL OR withdrawn_at IS NULL", name="withdrawn_at"),
        Index("ix_shipment_created_at_id", "created_at", "id"),
        Index("ix_shipment_method_title_created_at", "method_title", "created_at", "id"),
        Index("ix_shipment_open", "id", sqlite_where=text(LIES_OPEN), postgresql_where=text(LIES_OPEN)),
        index_where("ix_shipment_open_created_at", LIES_OPEN, ("created_at",)),
        index_where("ix_shipment_lost_created_at", "lost_at IS NOT NULL", ("created_at",)),
        index_where("ix_shipment_withdrawn_created_at", "withdrawn_at IS NOT NULL", ("created_at",)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    external_id: Mapped[str | None] = mapped_column(String(60))
    method_title: Mapped[Text255]
    tracking_code: Mapped[Text255]
    tracking_url: Mapped[str] = mapped_column(String(500), default="")
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[At]
    sent_at: Mapped[MaybeAt]
    withdrawn_at: Mapped[MaybeAt]
    lost_at: Mapped[MaybeAt]  # when it was first found that something of it is lost
    not_sent_at: Mapped[MaybeAt]  # when Sent was last taken back; what its shop said before that is no news
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_mail.id"), index=True)
    told_code: Mapped[Text255]  # the Track & Trace code that the customer was mailed
    is_demo: Mapped[bool] = mapped_column(default=False)
    order: Mapped[Order] = relationship(back_populates="shipments")
    mail: Mapped[OutgoingMail | None] = relationship()  # that told of it last
    lines: Mapped[list[ShipmentLine]] = relationship(back_populates="shipment", order_by="ShipmentLine.id")

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Neither sent nor withdrawn: what is on it is packed."""
        return self.sent_at is None and self.withdrawn_at is None

    @property
    def is_all_lost(self) -> bool:
        return self.lost_at is not None and all(line.lost == line.quantity for line in self.lines)

    @property
    def sent_with(self) -> list[Shipment]:
        """What one mail tells of together, this parcel among them."""
        went = (self.sent_at, self.tracking_code)
        return [one for one in self.order.shipments if (one.sent_at, one.tracking_code) == went]


class PackingSlipPrint(Model):
    """The bytes of a printed packing slip, per language and per what it says: printed once, kept, never changed.

    A slip that says something else, as its contents, address or code changed before it went, is printed beside it.
    """

    __tablename__ = "packing_slip_print"
    __table_args__ = (UniqueConstraint("shipment_id", "language", "says"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id", ondelete="CASCADE"))
    language: Mapped[Language]
    says: Mapped[str] = mapped_column(String(64))  # SHA-256 of what it says
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    printed_at: Mapped[At]


class ShipmentLine(Model):
    __tablename__ = "shipment_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("lost >= 0 AND lost <= quantity", name="lost"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id", ondelete="CASCADE"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    quantity: Mapped[Exact]
    lost: Mapped[Amount]  # of them; they don't count as shipped
    shipment: Mapped[Shipment] = relationship(back_populates="lines")
    order_line: Mapped[OrderLine] = relationship()


class ReturnStatus(StrEnum):
    REQUESTED = "requested"  # by the customer, in My account
    AUTHORISED = "authorised"
    RECEIVED = "received"
    COMPLETED = "completed"
    REJECTED = "rejected"


class ReturnReason(Model):
    """Why goods come back; one of the shop's own list."""

    __tablename__ = "return_reason"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120), unique=True)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title


class ReturnAction(Model):
    """What the shop does about goods that come back; one of the shop's own list."""

    __tablename__ = "return_action"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120), unique=True)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title


class Return(Model):
    """Goods that come back. Once a credit note settles it, it can't be modified."""

    __tablename__ = "goods_return"
    __table_args__ = (
        Index("ix_goods_return_created_at_id", "created_at", "id"),
        Index("ix_goods_return_status_created_at", "status", "created_at", "id"),
        Index("ix_goods_return_reason_created_at", "reason", "created_at", "id"),
        Index("ix_goods_return_action_created_at", "action", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    status: Mapped[ReturnStatus] = mapped_column(stored_as_text(ReturnStatus), default=ReturnStatus.AUTHORISED)
    reason: Mapped[str] = mapped_column(String(120), default="")  # as the list said then
    action: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[At]
    received_at: Mapped[MaybeAt]
    finished_at: Mapped[MaybeAt]  # completed or rejected
    credit_note_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), unique=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    order: Mapped[Order] = relationship(back_populates="returns")
    credit_note: Mapped[Invoice | None] = relationship()
    lines: Mapped[list[ReturnLine]] = relationship(
        back_populates="goods_return", order_by="ReturnLine.id", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.number


class ReturnLine(Model):
    __tablename__ = "return_line"
    __table_args__ = (UniqueConstraint("return_id", "order_line_id"), CheckConstraint("quantity > 0", name="quantity"))

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("goods_return.id", ondelete="CASCADE"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    quantity: Mapped[Exact]
    goods_return: Mapped[Return] = relationship(back_populates="lines")
    order_line: Mapped[OrderLine] = relationship()


# --- what is said and what happened ---------------------------------------------------------------------------------


class Memo(Model):
    """A short message to oneself or a colleague, on the order's dashboard."""

    __tablename__ = "memo"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[Text255]
    written_at: Mapped[At]
    order: Mapped[Order] = relationship(back_populates="memos")


class TaskStatus(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"


class Task(Model):
    """Something to be done, by oneself or a colleague, mostly about an order."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_assignee_id_status_due_at", "assignee_id", "status", "due_at"),
        Index("ix_task_status_due_at", "status", "due_at"),
        Index("ix_task_due_at_id", "due_at", "id"),
        Index("ix_task_status_done_at", "status", "done_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    description: Mapped[str] = mapped_column(Text)
    status: Mapped[TaskStatus] = mapped_column(stored_as_text(TaskStatus), default=TaskStatus.OPEN)
    due_at: Mapped[MaybeAt]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    remind_at: Mapped[MaybeAt]  # when the assignee gets a mail about it
    reminded_at: Mapped[MaybeAt]
    author: Mapped[Text255]
    created_at: Mapped[At]
    done_at: Mapped[MaybeAt]
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    order: Mapped[Order | None] = relationship(back_populates="tasks")
    assignee: Mapped[Staff | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.description


class TicketStatus(StrEnum):
    UNANSWERED = "unanswered"
    TO_DO = "to_do"
    ANSWERED = "answered"
    CLOSED = "closed"


class Ticket(Model):
    """A question of a customer, mostly about an order, with all that was said since."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_status_last_message_at", "status", "last_message_at", "id"),
        Index("ix_ticket_last_message_at_id", "last_message_at", "id"),
        Index("ix_ticket_assignee_id_last_message_at", "assignee_id", "last_message_at", "id"),
        Index("ix_ticket_customer_id", "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[Text255]
    email: Mapped[Text255]
    language: Mapped[Language]
    subject: Mapped[Text255]
    status: Mapped[TicketStatus] = mapped_column(stored_as_text(TicketStatus), default=TicketStatus.UNANSWERED)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="SET NULL"))
    created_at: Mapped[At]
    last_message_at: Mapped[At]
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    order: Mapped[Order | None] = relationship(back_populates="tickets")
    customer: Mapped[Customer | None] = relationship()
    assignee: Mapped[Staff | None] = relationship()
    task: Mapped[Task | None] = relationship()
    messages: Mapped[list[TicketMessage]] = relationship(back_populates="ticket", order_by="TicketMessage.id")

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.subject


class TicketMessage(Model):
    """What one of the two said."""

    __tablename__ = "ticket_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    is_from_customer: Mapped[bool]
    author: Mapped[Text255]
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[At]
    ticket: Mapped[Ticket] = relationship(back_populates="messages")
    pictures: Mapped[list[StoredFile]] = relationship(secondary="ticket_picture", order_by="StoredFile.id")


ticket_pictures = Table(
    "ticket_picture",
    Base.metadata,
    Column("message_id", ForeignKey("ticket_message.id", ondelete="CASCADE"), primary_key=True),
    Column("file_id", ForeignKey("stored_file.id"), primary_key=True),
)


class ActorKind(StrEnum):
    PERSON = "person"
    CUSTOMER = "customer"
    SYSTEM = "system"  # Toonbank itself
    PROGRAM = "program"


class History(Model):
    """Something that happened, by whom; append-only. `what` is a value of `app.history.Happened`."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_order_id_id", "order_id", "id"), Index("ix_history_subject", "subject", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[At]
    what: Mapped[str] = mapped_column(String(40))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    subject: Mapped[Short]  # what else it is about, as "customer:12" or "shop:1"
    actor_kind: Mapped[ActorKind] = mapped_column(stored_as_text(ActorKind, 10))
    actor_name: Mapped[Text255]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    facts: Mapped[Facts]  # what the sentence needs; old and new values under "changes"
    is_demo: Mapped[bool] = mapped_column(default=False)


class MailState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # what it asked for came in before it went


#: Mails that ask for money, in the order in which they go: the last one as often as it takes.
REMINDERS = ("payment_reminder", "second_reminder", "final_notice")
REMINDER = REMINDERS[0]


class OutgoingMail(Model, Leased):
    """A mail, written in the transaction of what it tells about and sent by the worker afterwards."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        Index("ix_outgoing_mail_state_due_at", "state", "due_at"),
        Index("ix_outgoing_mail_created_at_id", "created_at", "id"),
        Index("ix_outgoing_mail_kind_id", "kind", "id"),
        Index("ix_outgoing_mail_state_id", "state", "id"),
        Index("ix_outgoing_mail_lower_to_address", text("lower(to_address)")),  # all mails to a customer
        Index("ix_outgoing_mail_job_id", "job_id"),  # those that wait for the end of a job
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))  # a folder of app/mails
    once_key: Mapped[str] = mapped_column(String(120), unique=True)  # what makes the same mail the same
    is_counted_reminder: Mapped[bool] = mapped_column(default=False)  # among its order's reminders; a copy is not
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    language: Mapped[Language]
    to_name: Mapped[Text255]
    to_address: Mapped[Text255]
    subject: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))  # attached as PDF
    quote_id: Mapped[int | None] = mapped_column(
        ForeignKey("quote.id"), index=True
    )  # attached, too; accepted by its link
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))  # attached as well
    statement: Mapped[dict[str, object] | None] = mapped_column(  # of account, that goes along: what it says
        db.JSON(none_as_null=True), deferred=True
    )
    statement_print: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # ... as it went
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(db.JSON, default=list)  # as sent: [{name, sha256}]
    message_id: Mapped[str] = mapped_column(String(255), unique=True)
    state: Mapped[MailState] = mapped_column(stored_as_text(MailState), default=MailState.QUEUED)
    last_error: Mapped[str] = mapped_column(Text, default="")
    may_be_doubled: Mapped[bool] = mapped_column(default=False)
    undone_by: Mapped[Short]  # the name of the action that takes back what it tells; "" when nothing does
    undone_on_id: Mapped[int | None]  # of the record that this action is done to
    undone_at: Mapped[MaybeAt]  # what it tells was taken back then
    job_id: Mapped[int | None]  # while that job runs, it waits
    created_at: Mapped[At]
    sent_at: Mapped[MaybeAt]
    is_demo: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return self.subject


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # by an error that nobody expected; it can go on


class JobKind(StrEnum):
    BULK = "bulk"  # an action on many orders
    IMPORT = "import"
    UNDO_IMPORT = "undo_import"
    PRINT_INVOICES = "print_invoices"
    PRINT_PACKING_SLIPS = "print_packing_slips"
    ZIP_INVOICES = "zip_invoices"


#: Kinds of jobs that print; what they print names people.
PRINTING_KINDS = (JobKind.PRINT_INVOICES, JobKind.PRINT_PACKING_SLIPS, JobKind.ZIP_INVOICES)


class JobTask(TypedDict):
    """What a job needs."""

    numbers: list[str]  # of orders
    how: dict[str, Any]  # the values of the form
    language: str  # in which it says why something was refused
    once: str  # the same for a double click
    back: str  # the list that the person came from
    undoes: NotRequired[str]  # the action that it takes back


class Job(Model, Leased):
    """Heavy work that the worker does bit by bit while its page shows how far it is."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[JobKind] = mapped_column(stored_as_text(JobKind, 60))
    action: Mapped[Short]  # of a bulk job: the name of what is done to each order
    subject_id: Mapped[int | None]  # of an import, and of undoing it: the batch
    task: Mapped[JobTask] = mapped_column(db.JSON, default=dict)
    state: Mapped[JobState] = mapped_column(stored_as_text(JobState), default=JobState.WAITING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    report: Mapped[Facts]  # per row what became of it
    actor_name: Mapped[Text255]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[At]
    finished_at: Mapped[MaybeAt]
    last_error: Mapped[str] = mapped_column(Text, default="")

    def __str__(self) -> str:
        return str(self.id)


class Outside(StrEnum):
    """What Toonbank needs around it, and what is then said on Home."""

    MAIL = "mail"
    E_INVOICES = "e_invoices"  # where they are handed over
    DISK = "disk"
    CERTIFICATE = "certificate"
    LANE = "lane"  # of the background work, which one is the part
    DATABASE = "database"
    BOOKS = "books"  # what they say is damaged; the detail says what, a sentence a line


class BooksTrouble(StrEnum):
    """What the check of the books found."""

    DAMAGED = "damaged"
    NUMBERS = "numbers"  # that are missing, in use twice, or were never given out


class Outage(Model):
    """What does not work at the moment, or soon won't; the row goes when it works again."""

    __tablename__ = "outage"

    what: Mapped[Outside] = mapped_column(stored_as_text(Outside), primary_key=True)
    part: Mapped[str] = mapped_column(String(60), primary_key=True, default="")  # which one, where there are several
    reason: Mapped[Short]  # by which the sentence for people is found
    detail: Mapped[str] = mapped_column(Text, default="")  # in the words of the other side
    since: Mapped[At]
    tried_at: Mapped[At]
    asked_at: Mapped[MaybeAt]  # somebody wants it tried now

    @property
    def is_wanted_now(self) -> bool:
        return self.asked_at is not None and self.asked_at > self.tried_at


class CopyRun(Model, Leased):
    """A copy of everything: of this day, or one that somebody asked for. A file that is kept no more has no name."""

    __tablename__ = "copy_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[str | None] = mapped_column(String(10), unique=True)  # "2026-11-29", by the shop's clock
    asked_by: Mapped[Text255]
    file: Mapped[Text500]
    size: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[At]
    made_at: Mapped[MaybeAt]
    given_up_at: Mapped[MaybeAt]

    def __str__(self) -> str:
        return self.day or f"copy {self.id}"


class WorkerHeartbeat(Model):
    """A worker, and when it was last seen alive."""

    __tablename__ = "worker_heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)  # as it stands on what the worker has in hand
    host: Mapped[Text255]
    pid: Mapped[int]
    started_at: Mapped[At]
    seen_at: Mapped[At]
    stopped_at: Mapped[MaybeAt]
    doing: Mapped[Short]  # names of duties


# --- programs -------------------------------------------------------------------------------------------------------


class ApiToken(Model):
    """The key of a program. Only its hash is stored; the key itself is shown once."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256
    beginning: Mapped[str] = mapped_column(String(12))  # of the key, to tell keys apart
    rights: Mapped[Names]
    created_at: Mapped[At]
    created_by: Mapped[Text255]
    used_at: Mapped[MaybeAt]
    revoked_at: Mapped[MaybeAt]
    expires_on: Mapped[date | None]  # its last day, by the shop's clock; None: never
    reminded_of: Mapped[date | None]  # of which last day its holder was told
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)  # with whom it ends; None: nobody
    staff: Mapped[Staff | None] = relationship()

    def __str__(self) -> str:
        return self.title


class ApiTokenClient(Model):
    """A network address from which a key was used."""

    __tablename__ = "api_token_client"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the key and the address
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id", ondelete="CASCADE"), index=True)
    begun_at: Mapped[At]
    seen_at: Mapped[At]


class IdempotencyKey(Model):
    """What a program was answered to a request that it may send twice."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("token_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    request: Mapped[str] = mapped_column(String(64))  # SHA-256 of method, path and body
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[At] = mapped_column(Moment, default=now, index=True)


class FormToken(Model):
    """A form that did its work: the token that it carried, and where it led."""

    __tablename__ = "form_token"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the token
    work: Mapped[str] = mapped_column(String(64), index=True)  # SHA-256 of what was entered; "" for a mere button
    used_at: Mapped[datetime] = mapped_column(Moment, index=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(db.JSON)  # {location, message}


class ShopWriteKind(StrEnum):
    """What of that which is done here an outside shop can be told."""

    SENT = "sent"  # with code and carrier, whole or in part
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    NOTE = "note"  # what was written to the customer


class Mailer(StrEnum):
    """Who writes to the customers of a shop about what it is told."""

    US = "us"
    SHOP = "shop"


class StockMode(StrEnum):
    """Whose number of pieces it is, where a connected shop counts and Toonbank does."""

    OFF = "off"  # each counts for itself
    SHOP = "shop"  # the shop's number is taken over
    US = "us"  # the shop is told ours


class StockSide(StrEnum):
    """Which number stays where both differ, and no order explains it."""

    US = "us"
    SHOP = "shop"


class Connection(Model, FromShop):
    """A shop elsewhere whose orders come here: by the webhooks that it sends, or read from it by its API."""

    __tablename__ = "connection"
    __table_args__ = (
        CheckConstraint("stock_buffer >= 0", name="stock_buffer"),
        CheckConstraint("catalogue_minutes >= 5", name="catalogue_minutes"),
        Index(  # one connection of a shop counts for it
            "ux_connection_stock",
            "outside_shop_id",
            unique=True,
            sqlite_where=text("stock_mode <> 'off'"),
            postgresql_where=text("stock_mode <> 'off'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(64), unique=True)  # the last part of its address
    secret: Mapped[Secret] = mapped_column("secret_sealed")
    notify: Mapped[bool] = mapped_column(default=False)  # its new orders are confirmed by mail, beside the shop's own
    invoices_for: Mapped[InvoicesFor] = mapped_column(stored_as_text(InvoicesFor), default=InvoicesFor.OPEN)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[At]
    last_event_at: Mapped[MaybeAt]
    last_error: Mapped[str] = mapped_column(Text, default="")
    last_error_at: Mapped[MaybeAt]
    address: Mapped[Text255]  # where its API is; "": only its webhooks tell of orders
    credentials: Mapped[Secrets]  # by which it lets us in, as its platform names them
    certificate: Mapped[str] = mapped_column(Text, default="")  # in PEM, of whoever vouches for a shop of its own
    key_digest: Mapped[Text255]  # of the token by which the shop may hand over a key; "" once it did
    key_address: Mapped[Text255]  # of which it was asked for; "" once what came may not be kept
    key_until: Mapped[MaybeAt]
    poll_minutes: Mapped[int] = mapped_column(default=2)
    tell_sent: Mapped[Telling] = mapped_column(stored_as_text(Telling, 10), default=Telling.OFF)
    tell_paid: Mapped[Telling] = mapped_column(stored_as_text(Telling, 10), default=Telling.OFF)
    tell_cancelled: Mapped[Telling] = mapped_column(stored_as_text(Telling, 10), default=Telling.OFF)
    tell_refunded: Mapped[Telling] = mapped_column(stored_as_text(Telling, 10), default=Telling.OFF)
    tell_notes: Mapped[Telling] = mapped_column(stored_as_text(Telling, 10), default=Telling.OFF)
    mailer: Mapped[Mailer] = mapped_column(stored_as_text(Mailer, 10), default=Mailer.US)
    refunds_there: Mapped[bool] = mapped_column(default=False)  # a refund told moves money there; else it is recorded
    told_since: Mapped[MaybeAt]  # of the first kind; what was done before is never told
    tell_after: Mapped[MaybeAt]  # until then it is left alone
    tell_trouble: Mapped[Trouble | None] = mapped_column(stored_as_text(Trouble))  # why it can't be told now
    tell_detail: Mapped[str] = mapped_column(Text, default="")  # the shop's own words
    tell_trouble_at: Mapped[MaybeAt]  # since when
    catalogue_minutes: Mapped[int] = mapped_column(default=30)  # between two looks at what changed in its products
    stock_mode: Mapped[StockMode] = mapped_column(stored_as_text(StockMode, 10), default=StockMode.OFF)
    stock_buffer: Mapped[int] = mapped_column(default=0)  # pieces that the shop is not told of
    stock_wins: Mapped[StockSide] = mapped_column(stored_as_text(StockSide, 10), default=StockSide.US)
    stock_place: Mapped[str] = mapped_column(String(120), default="")  # where it counts, by its id there
    stock_after: Mapped[MaybeAt]  # until then nothing is asked about its stock
    stock_trouble: Mapped[Trouble | None] = mapped_column(stored_as_text(Trouble))  # why it can't be compared now
    stock_detail: Mapped[str] = mapped_column(Text, default="")  # the shop's own words
    stock_trouble_at: Mapped[MaybeAt]  # since when
    version: Mapped[int] = mapped_column(default=1)
    outside_shop: Mapped[OutsideShop] = relationship()
    pulls: Mapped[list[Pull]] = relationship(order_by="Pull.id", viewonly=True)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title

    @property
    def is_read(self) -> bool:
        """Whether its orders are read by its API; its webhooks are only a hint then."""
        return bool(self.address)


class PullKind(StrEnum):
    """What Toonbank reads from a shop by itself."""

    POLL = "poll"  # what changed since the last look
    BACKFILL = "backfill"  # all since a day
    COMPARISON = "comparison"  # what was missed of the last days
    WEBHOOKS = "webhooks"  # whether the shop still sends them
    PRODUCTS = "products"  # what changed in its catalogue
    CATALOGUE = "catalogue"  # all of it


class PullState(StrEnum):
    WAITING = "waiting"  # for its turn
    PAUSED = "paused"  # by somebody
    DONE = "done"


class Pull(Model, Leased):
    """Reading from a connected shop: how far it is, and when it is its turn again. One row of each kind."""

    __tablename__ = "pull"
    __table_args__ = (UniqueConstraint("connection_id", "kind"), Index("ix_pull_state_due_at", "state", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    kind: Mapped[PullKind] = mapped_column(stored_as_text(PullKind))
    state: Mapped[PullState] = mapped_column(stored_as_text(PullState), default=PullState.WAITING)
    since_at: Mapped[MaybeAt]  # by the shop's clock: from when on it reads
    until_at: Mapped[MaybeAt]  # of what is under way: when that began
    place: Mapped[Facts]  # of what is under way: where it goes on, as the platform names it
    seen: Mapped[dict[str, str]] = mapped_column(
        db.JSON, default=dict
    )  # id there -> digest, of what the overlap repeats
    found: Mapped[int] = mapped_column(default=0)  # orders, of what is under way
    taken: Mapped[int] = mapped_column(default=0)  # of those: that brought something new
    total: Mapped[int | None]  # orders there, as the shop says
    looked_at: Mapped[MaybeAt]  # when the shop answered last
    finished_at: Mapped[MaybeAt]  # when it last came to the end
    trouble: Mapped[Trouble | None] = mapped_column(stored_as_text(Trouble))
    detail: Mapped[str] = mapped_column(Text, default="")  # the shop's own words
    trouble_at: Mapped[MaybeAt]

    def __str__(self) -> str:
        return f"{self.kind} {self.connection_id}"


class Look(Model):
    """A line of a connection's log: a look that found something, or failed."""

    __tablename__ = "look"
    __table_args__ = (Index("ix_look_connection_id_id", "connection_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    kind: Mapped[PullKind] = mapped_column(stored_as_text(PullKind))
    looked_at: Mapped[At]
    seconds: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    missed: Mapped[int] = mapped_column(default=0)  # of a comparison: what no earlier look had brought
    trouble: Mapped[Trouble | None] = mapped_column(stored_as_text(Trouble))
    detail: Mapped[str] = mapped_column(Text, default="")

    def __str__(self) -> str:
        return f"{self.kind} {self.looked_at}"


class ShopWriteState(StrEnum):
    ASKED = "asked"  # somebody has to say whether it is told
    WAITING = "waiting"
    TOLD = "told"
    REFUSED = "refused"  # by the shop, or given up
    LEFT = "left"  # somebody said that it is not told
    WITHDRAWN = "withdrawn"  # it was taken back here before it was told
    OUTDATED = "outdated"  # it was told, and taken back here since


class ShopWrite(Model, Leased):
    """Something done here that its order's shop is told, written in the transaction of what it tells about."""

    __tablename__ = "shop_write"
    __table_args__ = (
        Index("ix_shop_write_state_due_at", "state", "due_at"),
        Index("ix_shop_write_order_id_id", "order_id", "id"),
        Index("ix_shop_write_job_id", "job_id"),  # what waits for the end of a job
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    kind: Mapped[ShopWriteKind] = mapped_column(stored_as_text(ShopWriteKind))
    state: Mapped[ShopWriteState] = mapped_column(stored_as_text(ShopWriteState), default=ShopWriteState.WAITING)
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipment.id", ondelete="CASCADE"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")  # of a note
    mailed_there: Mapped[bool] = mapped_column(default=False)  # nothing was mailed from here: the shop does
    decided_by: Mapped[Text255]  # who said that it is told, or left
    external_id: Mapped[Text255]  # what it became there, such as the id of a refund
    trouble: Mapped[Trouble | None] = mapped_column(stored_as_text(Trouble))
    last_error: Mapped[str] = mapped_column(Text, default="")  # the shop's own words
    undone_at: Mapped[MaybeAt]  # what it tells was taken back then
    job_id: Mapped[int | None]  # while that job runs, it waits
    created_at: Mapped[At]
    told_at: Mapped[MaybeAt]
    connection: Mapped[Connection] = relationship()
    order: Mapped[Order] = relationship(back_populates="shop_writes")
    shipment: Mapped[Shipment | None] = relationship()
    payment: Mapped[Payment | None] = relationship()

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_unmailed(self) -> bool:
        """Whether the customer was not written to about it: the shop does that, and was not told."""
        return self.mailed_there and self.told_at is None


class WebhookEndpoint(Model):
    """An address elsewhere that is told what happens here."""

    __tablename__ = "webhook_endpoint"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[Secret] = mapped_column("secret_sealed")  # "whsec_" and base64, as Standard Webhooks writes it
    events: Mapped[Names]  # values of app.history.Happened; empty: all that is told
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[At]
    failing_since: Mapped[MaybeAt]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class WebhookDelivery(Model, Leased):
    """A message to an endpoint, written in the transaction of what it tells about."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "message_id"),
        Index("ix_webhook_delivery_state_due_at", "state", "due_at"),
        Index("ix_webhook_delivery_created_at_id", "created_at", "id"),
        Index("ix_webhook_delivery_event_id", "event", "id"),
        Index("ix_webhook_delivery_endpoint_id_id", "endpoint_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(64))
    event: Mapped[Short]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(stored_as_text(DeliveryState), default=DeliveryState.WAITING)
    answer: Mapped[int | None]  # the last HTTP status
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[At]
    delivered_at: Mapped[MaybeAt]
    endpoint: Mapped[WebhookEndpoint] = relationship()

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"


# --- arriving and finding -------------------------------------------------------------------------------------------


class Fate(StrEnum):
    """What becomes of a payload. The value is stored; reports and the command line say `done`, previews `ahead`."""

    done: str
    ahead: str

    def __new__(cls, value: str, done: str = "", ahead: str = "") -> Self:
        fate = str.__new__(cls, value)
        fate._value_, fate.done, fate.ahead = value, done or value, ahead or value
        return fate

    ADDED = "added", "added", "new"
    UPDATED = "updated", "updated", "update"
    SAME = "same", "already there", "same"
    QUARANTINED = "quarantined", "quarantined", "error"
    WAITING = "waiting"  # to be read
    HINTED = "hinted"  # says only where to look: the order is to be read from its shop
    NOT_READ = "not read"  # it is not about an order
    READ_LATER = "read later"  # out of quarantine
    CORRECTED = "corrected"  # another payload was read instead
    UNDONE = "undone"


class ImportBatch(Model, FromShop):
    """A file that somebody uploaded on the import page, and how far its orders are."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[Text255]  # host name of its shop, as its orders state it
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    mapping: Mapped[Facts]  # of a CSV file: our field -> its header, and how dates and numbers are written
    notify: Mapped[bool] = mapped_column(default=False)
    invoices_for: Mapped[InvoicesFor] = mapped_column(stored_as_text(InvoicesFor), default=InvoicesFor.OPEN)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    created_at: Mapped[At]
    created_by: Mapped[Text255]
    undone_at: Mapped[MaybeAt]
    undone_by: Mapped[Text255]
    file: Mapped[StoredFile] = relationship()
    job: Mapped[Job | None] = relationship()
    outside_shop: Mapped[OutsideShop] = relationship()

    def __str__(self) -> str:
        return self.file.name


class Arrival(Model, FromShop, Leased):
    """A payload as it came in, kept word for word; what can't be read waits here in quarantine with the reason."""

    __tablename__ = "arrival"
    __table_args__ = (
        Index("ix_arrival_result_id", "result", "id"),
        Index("ix_arrival_arrived_at_id", "arrived_at", "id"),
        Index("ix_arrival_order_id", "order_id"),
        index_where("ix_arrival_quarantined", "result = 'quarantined'", ("outside_shop_id", "external_id")),
        Index("ix_arrival_once_key", "once_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[Text255]  # file name, or the connection it came through
    external_id: Mapped[Short]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    payload: Mapped[Payload]
    result: Mapped[Fate] = mapped_column(stored_as_text(Fate, 12))
    changed: Mapped[Names]  # what of the order it changed, as `app/intake/external_updates.py` names it
    field: Mapped[Text255]
    reason: Mapped[str] = mapped_column(Text, default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    arrived_at: Mapped[At]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"), index=True)
    invoices_for: Mapped[InvoicesFor] = mapped_column(stored_as_text(InvoicesFor), default=InvoicesFor.OPEN)
    topic: Mapped[Short]  # what the other shop calls the event
    once_key: Mapped[str | None] = mapped_column(String(120))  # what makes the same event the same
    due_at: Mapped[datetime] = mapped_column(Moment, default=now, nullable=True)
    outside_shop: Mapped[OutsideShop] = relationship()

    def __str__(self) -> str:
        return f"{self.origin or self.source} {self.external_id}".strip()

    @property
    def is_quarantined(self) -> bool:
        return self.result == Fate.QUARANTINED


class OrderSearch(Model):
    """The words an order is found by, normalised; full-text indexed in a way of each database's own."""

    __tablename__ = "order_search"

    id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(Text)


#: What other records are found by, a column after the other. The database itself keeps these words, without case and
#: accents, beside each record (migration 0088), and indexes them as those of orders.
FOUND_BY = {
    "customer": ("name", "company", "email", "phone"),
    "product": ("name", "sku"),
    "shop_product": ("title", "variant", "sku", "external_id"),
    "ticket": ("subject", "name", "email"),
    "task": ("description",),
    "outgoing_mail": ("subject", "to_name", "to_address"),
    "arrival": ("origin", "external_id", "reason"),
    "security_event": ("account", "client", "detail"),
}

SEARCH_DOCUMENTS = {
    name: Table(
        f"{name}_search",
        Base.metadata,
        Column("id", ForeignKey(f"{name}.id", ondelete="CASCADE"), primary_key=True),
        Column("words", Text, nullable=False),
    )
    for name in FOUND_BY
}


# --- sealing --------------------------------------------------------------------------------------------------------


class Unsealed(Model):
    """Something that was written and is to be sealed. The database itself leaves a row here, in that transaction."""

    __tablename__ = "unsealed"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # a key of app.operations.sealing.KINDS, or that + "_erased"; "order"
    record_id: Mapped[int]


class ClosedPeriod(Model):
    """That the books were closed until a day, what the chain ended with then, and that they were opened again."""

    __tablename__ = "closed_period"
    __table_args__ = (Index("ix_closed_period_until", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    until: Mapped[date]
    closed_at: Mapped[At]
    closed_by: Mapped[Text255]
    seal: Mapped[Short]  # as people write it down: number and beginning of its hash
    reopened_at: Mapped[MaybeAt]
    reopened_by: Mapped[Text255]
    reason: Mapped[Text255]


class Seal(Model):
    """A link of the chain: the SHA-256 of the one before, and of what was sealed with it. It never changes."""

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[At]
    records: Mapped[int]  # how many

    def __str__(self) -> str:
        return f"{self.number}-{self.hash[:24]}"


class SealedRecord(Model):
    """What a record said when it was sealed, as digests. What personal erasure may empty has one of its own, salted."""

    __tablename__ = "sealed_record"
    __table_args__ = (
        UniqueConstraint("kind", "record_id"),
        Index(
            "ix_sealed_record_last_of_order",
            "order_id",
            sqlite_where=text("kind = 'order' AND salt IS NOT NULL"),
            postgresql_where=text("kind = 'order' AND salt IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)  # in the order of sealing
    seal_number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[int]
    order_id: Mapped[int | None]
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256 of what never changes, and of `content`
    content: Mapped[bytes | None] = mapped_column(LargeBinary)  # SHA-256 of the salt and what may be emptied
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)  # thrown away at erasure: then nobody can guess it back
