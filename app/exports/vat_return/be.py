"""Belgium: periodieke btw-aangifte. Cents; credit notes have boxes of their own."""

from app.exports.vat_return.form import Amounts, Box, Papers, Unknown, VatForm
from app.exports.vat_return.kinds import SaleKind

RATED = (SaleKind.TAXED, SaleKind.MARGIN_TAXED)
RATES = ("6", "12", "21")
SPECIAL = (SaleKind.ZERO, SaleKind.EXEMPT, SaleKind.MARGIN_REST)
TO_BUSINESSES = (SaleKind.EU_GOODS, SaleKind.EU_SERVICES)
ELSEWHERE = (SaleKind.EXPORT, SaleKind.OSS)
SOLD = Papers.INVOICES
CREDITED = Papers.CREDIT_NOTES

#: The VAT of other member states goes by One Stop Shop, and what it is on stands in 47 without it.
BELGIAN_FORM = VatForm(
    "BE",
    "Periodieke btw-aangifte",
    Amounts.CENTS,
    "Opgave van de intracommunautaire handelingen",
    (
        Box("00", "Handelingen onderworpen aan een bijzondere regeling", SPECIAL, papers=SOLD),
        Box("01", "Handelingen waarvoor de btw verschuldigd is tegen 6 %", RATED, ("6",), papers=SOLD),
        Box("02", "Handelingen waarvoor de btw verschuldigd is tegen 12 %", RATED, ("12",), papers=SOLD),
        Box("03", "Handelingen waarvoor de btw verschuldigd is tegen 21 %", RATED, ("21",), papers=SOLD),
        Box(
            "44",
            "Diensten waarvoor de buitenlandse btw verschuldigd is door de medecontractant",
            (SaleKind.EU_SERVICES,),
            papers=SOLD,
        ),
        Box(
            "45",
            "Handelingen waarvoor de btw verschuldigd is door de medecontractant",
            unknown=Unknown.REVERSED_AT_HOME,
        ),
        Box(
            "46",
            "Vrijgestelde intracommunautaire leveringen verricht in België en ABC-verkopen",
            (SaleKind.EU_GOODS,),
            papers=SOLD,
        ),
        Box(
            "47",
            "Andere vrijgestelde handelingen en andere handelingen verricht in het buitenland",
            ELSEWHERE,
            papers=SOLD,
        ),
        Box(
            "48",
            "Creditnota’s met betrekking tot de handelingen in de roosters 44 en 46",
            TO_BUSINESSES,
            papers=CREDITED,
            takes_back=True,
        ),
        Box(
            "49",
            "Creditnota’s met betrekking tot de andere handelingen van kader II",
            RATED + SPECIAL + ELSEWHERE,
            papers=CREDITED,
            takes_back=True,
        ),
        Box("54", "Btw op de handelingen in de roosters 01, 02 en 03", RATED, RATES, papers=SOLD, base=False, tax=True),
        Box("55–57", "Btw op aankopen", unknown=Unknown.PURCHASES),
        Box("59", "Aftrekbare btw", unknown=Unknown.INPUT_VAT),
        Box("61", "Diverse btw-regularisaties in het voordeel van de Staat", unknown=Unknown.EARLIER),
        Box("62", "Diverse btw-regularisaties in het voordeel van de aangever", unknown=Unknown.EARLIER),
        Box("63", "Te storten btw vermeld op ontvangen creditnota’s", unknown=Unknown.PURCHASES),
        Box(
            "64",
            "Te recupereren btw vermeld op uitgereikte creditnota’s",
            RATED,
            papers=CREDITED,
            base=False,
            tax=True,
            takes_back=True,
        ),
        Box("71/72", "Saldo", unknown=Unknown.RESULT),
    ),
)
