"""Spain: modelo 303. Cents; what credit notes change stands in 14 and 15, of the surcharge in 25 and 26."""

from app.exports.vat_return.form import Amounts, Box, Papers, Unknown, VatForm
from app.exports.vat_return.kinds import SaleKind

GRAVADO = (SaleKind.TAXED, SaleKind.MARGIN_TAXED)
RECARGO = (SaleKind.SURCHARGE,)
ISSUED = Papers.INVOICES
GENERAL = "Régimen general"
EQUIVALENCE = "Recargo de equivalencia"

SPANISH_FORM = VatForm(
    "ES",
    "Modelo 303",
    Amounts.CENTS,
    "Modelo 349",
    (
        Box("150", f"{GENERAL}, 0 %", (SaleKind.ZERO,)),
        Box("01", f"{GENERAL}, 4 %", GRAVADO, ("4",), papers=ISSUED, tax=True, tax_code="03"),
        Box("04", f"{GENERAL}, 10 %", GRAVADO, ("10",), papers=ISSUED, tax=True, tax_code="06"),
        Box("07", f"{GENERAL}, 21 %", GRAVADO, ("21",), papers=ISSUED, tax=True, tax_code="09"),
        Box("10, 11", "Adquisiciones intracomunitarias de bienes y servicios", unknown=Unknown.PURCHASES),
        Box("12, 13", "Otras operaciones con inversión del sujeto pasivo (excepto adq. intracom.)",
            unknown=Unknown.PURCHASES),
        Box("14", "Modificación bases y cuotas", GRAVADO, ("4", "10", "21"), papers=Papers.CREDIT_NOTES, tax=True,
            tax_code="15"),
        Box("16", f"{EQUIVALENCE}, 0,5 %", RECARGO, ("0.5",), papers=ISSUED, tax=True, tax_code="18"),
        Box("19", f"{EQUIVALENCE}, 1,4 %", RECARGO, ("1.4",), papers=ISSUED, tax=True, tax_code="21"),
        Box("22", f"{EQUIVALENCE}, 5,2 %", RECARGO, ("5.2",), papers=ISSUED, tax=True, tax_code="24"),
        Box("25", "Modificaciones bases y cuotas del recargo de equivalencia", RECARGO, papers=Papers.CREDIT_NOTES,
            tax=True, tax_code="26"),
        Box("27", "Total cuota devengada", base=False, tax=True, adds=("01", "04", "07", "14", "16", "19", "22", "25")),
        Box("28–44", "IVA deducible", unknown=Unknown.INPUT_VAT),
        Box("59", "Entregas intracomunitarias de bienes y servicios", (SaleKind.EU_GOODS, SaleKind.EU_SERVICES)),
        Box("60", "Exportaciones y operaciones asimiladas", (SaleKind.EXPORT,)),
        Box("120", "Operaciones no sujetas por reglas de localización (excepto las incluidas en la casilla 123)",
            unknown=Unknown.ABROAD),
        Box("122", "Operaciones sujetas con inversión del sujeto pasivo", unknown=Unknown.REVERSED_AT_HOME),
        Box("123", "Operaciones no sujetas por reglas de localización acogidas a los regímenes especiales de "
            "ventanilla única", (SaleKind.OSS,)),
        Box("124", "Operaciones sujetas y acogidas a los regímenes especiales de ventanilla única",
            unknown=Unknown.ABROAD),
        Box("71", "Resultado de la autoliquidación", unknown=Unknown.RESULT),
    ),
)  # fmt: skip
