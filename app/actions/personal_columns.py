"""Which columns hold what of a person, and what becomes of it when personal data are erased.

Every column of texts, JSON and bytes stands here once; whoever adds one says to which of these it belongs. Erasing goes
by it: what quotes people is emptied wherever it names the customer. A test puts a marker in by every way in, and looks
for it in all of them afterwards.
"""

from __future__ import annotations

from enum import StrEnum


class Care(StrEnum):
    """What becomes of a column when the personal data of a customer are erased."""

    ERASED = "of a customer, by its row: it is emptied, or the row goes"
    BILLED = "of a customer, by its row: it is emptied unless the order was invoiced, for the invoice says it anyway"
    QUOTED = "whoever happens to be named: it is emptied where it names the customer"
    KEPT = "of a customer, and the law or the books want it kept"
    STAFF = "of those who work here"
    OTHER = "of nobody: numbers, states, the shop’s own texts, goods, places by which the shop counts, digests, secrets"


PARTS_OF_ADDRESS = "name company street house_number house_extension street2 postcode"
COUNTED_BY = "city region country"

#: table -> what becomes of its columns.
CARE_OF_COLUMNS: dict[str, dict[Care, str]] = {
    "api_token": {Care.OTHER: "title hash beginning rights", Care.STAFF: "created_by"},
    "api_token_client": {Care.OTHER: "id"},
    "arrival": {
        Care.QUOTED: "payload field reason",
        Care.OTHER: "origin external_id sha256 changed topic once_key worker",
    },
    "arrival_search": {Care.ERASED: "words"},
    "closed_period": {Care.STAFF: "closed_by reopened_by reason", Care.OTHER: "seal"},
    "connection": {
        Care.QUOTED: "last_error tell_detail stock_detail",
        Care.OTHER: "title key secret_sealed address credentials certificate key_digest key_address stock_place",
    },
    "copy_run": {Care.QUOTED: "last_error", Care.STAFF: "asked_by", Care.OTHER: "day file worker"},
    "counter": {Care.OTHER: "kind series prefix"},
    "custom_status": {Care.OTHER: "title colour"},
    "customer": {
        Care.ERASED: "external_id name company vat_id buyer_reference email phone notes",
        Care.OTHER: "language program",
    },
    "customer_address": {Care.ERASED: f"{PARTS_OF_ADDRESS} phone", Care.OTHER: COUNTED_BY},
    "customer_link": {Care.ERASED: "email", Care.OTHER: "id"},
    "customer_search": {Care.ERASED: "words"},
    "customer_session": {Care.ERASED: "email", Care.OTHER: "id"},
    "dated_series": {Care.OTHER: "kind series prefix"},
    "e_invoice": {Care.KEPT: "content", Care.OTHER: "sha256"},
    "e_invoice_sending": {
        Care.QUOTED: "last_error",
        Care.STAFF: "decided_by",
        Care.OTHER: "digest external_id status_url missing worker",
    },
    "form_token": {Care.QUOTED: "answer", Care.OTHER: "id work"},
    "goods_return": {Care.ERASED: "note", Care.OTHER: "number reason action"},
    "history": {Care.QUOTED: "facts", Care.ERASED: "actor_name", Care.OTHER: "what subject"},
    "idempotency_key": {Care.QUOTED: "body", Care.OTHER: "key request location"},
    "import_batch": {Care.STAFF: "created_by undone_by", Care.OTHER: "host mapping"},
    "invoice": {Care.KEPT: "snapshot settled_by", Care.OTHER: "number language currency delivery_time"},
    "invoice_line": {Care.OTHER: "taxes"},
    "job": {Care.QUOTED: "task report last_error", Care.STAFF: "actor_name", Care.OTHER: "action worker"},
    "look": {Care.QUOTED: "detail"},
    "list_look": {Care.OTHER: "list columns"},
    "list_view": {Care.QUOTED: "title address", Care.OTHER: "list"},
    "mail_text": {Care.OTHER: "kind language subject body"},
    "memo": {Care.ERASED: "text", Care.STAFF: "author"},
    "order_address": {Care.BILLED: PARTS_OF_ADDRESS, Care.ERASED: "phone", Care.OTHER: COUNTED_BY},
    "order_line": {Care.OTHER: "external_id sku name variant taxes"},
    "order_search": {Care.BILLED: "words"},
    "orders": {
        Care.ERASED: "email phone customer_note stated",
        Care.BILLED: "customer_name company vat_id buyer_reference purchase_order",
        Care.OTHER: "number program channel external_id external_number currency language discount_codes country"
        " payment_method_title shipping_method_title elsewhere_number quote_number before_reversal",
    },
    "outage": {Care.QUOTED: "detail", Care.OTHER: "part reason"},
    "outgoing_mail": {
        Care.ERASED: "to_name to_address subject body statement statement_print last_error",
        Care.OTHER: "kind once_key language attachments message_id undone_by worker",
    },
    "outgoing_mail_search": {Care.ERASED: "words"},
    "outside_shop": {Care.OTHER: "title host payment_page"},
    "packing_slip_print": {Care.ERASED: "content", Care.OTHER: "language says sha256"},
    "passkey": {Care.STAFF: "title", Care.OTHER: "credential_id public_key"},
    "past_series": {Care.OTHER: "kind series prefix"},
    "payment": {
        Care.ERASED: "reason",
        Care.KEPT: "reference",
        Care.STAFF: "entered_by",
        Care.OTHER: "method external_id",
    },
    "payment_method": {Care.OTHER: "title ledger_account"},
    "print": {Care.KEPT: "content", Care.OTHER: "language sha256"},
    "product": {Care.OTHER: "sku name location"},
    "product_search": {Care.OTHER: "words"},
    "pull": {Care.QUOTED: "detail", Care.OTHER: "place seen worker"},
    "quote": {Care.ERASED: "snapshot", Care.OTHER: "language says"},
    "quote_link": {Care.OTHER: "id"},
    "quote_print": {Care.ERASED: "content", Care.OTHER: "sha256"},
    "recovery_code": {Care.OTHER: "id"},
    "return_action": {Care.OTHER: "title"},
    "return_reason": {Care.OTHER: "title"},
    "role": {Care.OTHER: "name description permissions"},
    "seal": {Care.OTHER: "hash"},
    "sealed_record": {Care.OTHER: "kind digest content salt"},
    "security_event": {Care.QUOTED: "account client detail", Care.OTHER: "kind fold"},
    "security_event_search": {Care.ERASED: "words"},
    "shipment": {
        Care.ERASED: "tracking_url",
        Care.KEPT: "tracking_code told_code",
        Care.OTHER: "number external_id method_title",
    },
    "shipping_method": {Care.OTHER: "title carrier tracking_url"},
    "shop": {
        Care.OTHER: "name street postcode city country vat_id registration email phone website iban bic footer currency"
        " language languages time_zone delivery_times reminder_days mails_off maps_key smtp_host smtp_security"
        " smtp_user smtp_password_sealed mail_sender factor_roles copies_folder ledger_chart ledger_accounts"
        " reference_rates datev_adviser datev_client e_invoice_folder e_invoice_address access_point_url"
        " access_point_header access_point_secret_sealed access_point_status access_point_lookup"
        " factur_x_countries footers page_foot page_feet accent invoice_columns own_words"
    },
    "shop_change": {Care.ERASED: "theirs"},
    "shop_product": {
        Care.QUOTED: "last_error",
        Care.OTHER: "external_id parent_id facts sku title variant tax_class worker",
    },
    "shop_product_search": {Care.OTHER: "words"},
    "shop_write": {Care.ERASED: "text last_error", Care.STAFF: "decided_by", Care.OTHER: "external_id worker"},
    "sign_in_link": {Care.OTHER: "id"},
    "staff": {Care.STAFF: "email name", Care.OTHER: "password fs_uniquifier language time_zone start_page totp_secret"},
    "staff_browser": {Care.OTHER: "id"},
    "staff_session": {Care.STAFF: "browser address", Care.OTHER: "id"},
    "statement_file": {Care.KEPT: "content", Care.STAFF: "read_by", Care.OTHER: "name sha256"},
    "statement_line": {
        Care.ERASED: "name iban text end_to_end",
        Care.KEPT: "reference bank_reference",
        Care.STAFF: "decided_by",
        Care.OTHER: "account currency fingerprint",
    },
    "statement_recipe": {
        Care.STAFF: "made_by",
        Care.OTHER: "digest title columns decimal_mark date_form out_words account",
    },
    "stock_movement": {Care.STAFF: "entered_by", Care.OTHER: "document"},
    "stored_file": {Care.QUOTED: "name content", Care.OTHER: "media_type sha256"},
    "task": {Care.ERASED: "description", Care.STAFF: "author"},
    "task_search": {Care.ERASED: "words"},
    "ticket": {Care.ERASED: "name email subject", Care.OTHER: "language"},
    "ticket_message": {Care.ERASED: "author text"},
    "ticket_search": {Care.ERASED: "words"},
    "unsealed": {Care.OTHER: "kind"},
    "vat_check": {
        Care.BILLED: "number name address consultation",
        Care.STAFF: "asked_by",
        Care.OTHER: "error requester worker",
    },
    "vat_rate": {Care.OTHER: "country goods source"},
    "webhook_delivery": {Care.QUOTED: "body last_error", Care.OTHER: "message_id event worker"},
    "webhook_endpoint": {Care.OTHER: "title url secret_sealed events"},
    "worker_heartbeat": {Care.OTHER: "name host doing"},
}


def columns_with(care: Care) -> dict[str, list[str]]:
    """Table -> its columns."""
    return {table: cares[care].split() for table, cares in CARE_OF_COLUMNS.items() if care in cares}
