"""The Netherlands: aangifte omzetbelasting. Whole euros, rounded in favour of who files."""

from app.exports.vat_return.form import Amounts, Box, Unknown, VatForm
from app.exports.vat_return.kinds import SaleKind

TAXED = (SaleKind.TAXED, SaleKind.MARGIN_TAXED)

DUTCH_FORM = VatForm(
    "NL",
    "Aangifte omzetbelasting",
    Amounts.IN_FAVOUR,
    "Opgaaf ICP",
    (
        Box("1a", "Leveringen/diensten belast met hoog tarief", TAXED, tiers=("standard",), tax=True),
        Box("1b", "Leveringen/diensten belast met laag tarief", TAXED, tiers=("reduced",), tax=True),
        Box("1c", "Leveringen/diensten belast met overige tarieven, behalve 0%", TAXED, tax=True),
        Box("1d", "Privégebruik", unknown=Unknown.OWN_USE),
        Box("1e", "Leveringen/diensten belast met 0% of niet bij u belast", (SaleKind.ZERO,)),
        Box("2a", "Leveringen/diensten waarbij de omzetbelasting naar u is verlegd", unknown=Unknown.PURCHASES),
        Box("3a", "Leveringen naar landen buiten de EU (uitvoer)", (SaleKind.EXPORT,)),
        Box("3b", "Leveringen naar of diensten in landen binnen de EU", (SaleKind.EU_GOODS, SaleKind.EU_SERVICES)),
        Box("3c", "Installatie/afstandsverkopen binnen de EU", unknown=Unknown.ABROAD),
        Box("4a", "Leveringen/diensten uit landen buiten de EU", unknown=Unknown.PURCHASES),
        Box("4b", "Leveringen/diensten uit landen binnen de EU", unknown=Unknown.PURCHASES),
        Box("5a", "Verschuldigde omzetbelasting (rubrieken 1 t/m 4)", base=False, tax=True, adds=("1a", "1b", "1c")),
        Box("5b", "Voorbelasting", unknown=Unknown.INPUT_VAT),
        Box("5c", "Subtotaal (5a min 5b)", unknown=Unknown.RESULT),
    ),
)
