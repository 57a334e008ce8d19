"""Germany: Umsatzsteuer-Voranmeldung. Bases in whole euros, from which ELSTER reckons the VAT at 19 and 7 percent."""

from decimal import Decimal

from app.exports.vat_return.form import Amounts, Box, Unknown, VatForm
from app.exports.vat_return.kinds import SaleKind

STEUERPFLICHTIG = (SaleKind.TAXED, SaleKind.MARGIN_TAXED)

GERMAN_FORM = VatForm(
    "DE",
    "Umsatzsteuer-Voranmeldung",
    Amounts.WITHOUT_CENTS,
    "Zusammenfassende Meldung",
    (
        Box("81", "Steuerpflichtige Umsätze zum Steuersatz von 19 %", STEUERPFLICHTIG, ("19",), tax=True,
            taxed_at=Decimal(19)),
        Box("86", "Steuerpflichtige Umsätze zum Steuersatz von 7 %", STEUERPFLICHTIG, ("7",), tax=True,
            taxed_at=Decimal(7)),
        Box("87", "Steuerpflichtige Umsätze zum Steuersatz von 0 %", (SaleKind.ZERO,)),
        Box("35", "Steuerpflichtige Umsätze zu anderen Steuersätzen", STEUERPFLICHTIG, tax=True, tax_code="36"),
        Box("41", "Innergemeinschaftliche Lieferungen (§ 4 Nr. 1 Buchst. b UStG) an Abnehmer mit USt-IdNr.",
            (SaleKind.EU_GOODS,)),
        Box("43", "Weitere steuerfreie Umsätze mit Vorsteuerabzug (z. B. Ausfuhrlieferungen)", (SaleKind.EXPORT,)),
        Box("48", "Steuerfreie Umsätze ohne Vorsteuerabzug (§ 4 Nr. 8 bis 29 UStG)", (SaleKind.EXEMPT,)),
        Box("89, 93", "Innergemeinschaftliche Erwerbe", unknown=Unknown.PURCHASES),
        Box("46, 84", "Leistungsempfänger als Steuerschuldner (§ 13b UStG)", unknown=Unknown.PURCHASES),
        Box("60", "Steuerpflichtige Umsätze, für die der Leistungsempfänger die Steuer schuldet (§ 13b Abs. 5 UStG)",
            unknown=Unknown.REVERSED_AT_HOME),
        Box("21", "Nicht steuerbare sonstige Leistungen (§ 18b Satz 1 Nr. 2 UStG)", (SaleKind.EU_SERVICES,)),
        Box("45", "Übrige nicht steuerbare Umsätze (Leistungsort nicht im Inland)", unknown=Unknown.ABROAD),
        Box("66, 61, 62, 67", "Abziehbare Vorsteuerbeträge", unknown=Unknown.INPUT_VAT),
        Box("50", "Minderung der Bemessungsgrundlage (§ 17 Abs. 1 Satz 1 i. V. m. Abs. 2 Nr. 1 Satz 1 UStG)",
            unknown=Unknown.EARLIER),
        Box("83", "Verbleibende Umsatzsteuer-Vorauszahlung", unknown=Unknown.RESULT),
    ),
)  # fmt: skip
