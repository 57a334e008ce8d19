"""France: déclaration CA3 (3310-CA3-SD). Whole euros, to the nearest; mainland rates only."""

from app.exports.vat_return.form import Amounts, Box, Unknown, VatForm
from app.exports.vat_return.kinds import SaleKind

IMPOSABLE = (SaleKind.TAXED, SaleKind.MARGIN_TAXED)
TAUX = ("08", "09", "9B", "T6")

FRENCH_FORM = VatForm(
    "FR",
    "Déclaration de TVA CA3 (3310-CA3-SD)",
    Amounts.NEAREST,
    "État récapitulatif TVA (biens), déclaration européenne de services (DES)",
    (
        Box("A1", "Ventes, prestations de services", adds=TAUX),
        Box("A2", "Autres opérations imposables", unknown=Unknown.OWN_USE),
        Box("A3–A5, B2–B4", "Achats et importations imposables", unknown=Unknown.PURCHASES),
        Box("B5, F8", "Régularisations", unknown=Unknown.EARLIER),
        Box("E1", "Exportations hors UE", (SaleKind.EXPORT,)),
        Box("E2", "Autres opérations non imposables",
            (SaleKind.EU_SERVICES, SaleKind.EXEMPT, SaleKind.ZERO, SaleKind.MARGIN_REST)),
        Box("E3", "Ventes à distance taxables dans un autre État membre au profit des personnes non assujetties – "
            "Ventes B to C", (SaleKind.OSS,)),
        Box("F2", "Livraisons intracommunautaires à destination d’une personne assujettie – Ventes B to B",
            (SaleKind.EU_GOODS,)),
        Box("08", "Taux normal 20 %", IMPOSABLE, ("20",), tax=True),
        Box("09", "Taux réduit 5,5 %", IMPOSABLE, ("5.5",), tax=True),
        Box("9B", "Taux réduit 10 %", IMPOSABLE, ("10",), tax=True),
        Box("T6", "Opérations réalisées en France continentale au taux de 2,1 %", IMPOSABLE, ("2.1",), tax=True),
        Box("16", "Total de la TVA brute due", base=False, tax=True, adds=TAUX),
        Box("19, 20", "TVA déductible", unknown=Unknown.INPUT_VAT),
        Box("28, 32", "TVA nette due", unknown=Unknown.RESULT),
    ),
    below_zero=False,
)  # fmt: skip
