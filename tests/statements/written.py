"""A bank that writes the same movements in each of its formats: for trying readers, and files that overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

ACCOUNT = "NL91ABNA0417164300"
DAY = date(2026, 11, 5)


@dataclass(frozen=True)
class Movement:
    amount: str
    text: str = ""
    name: str = ""
    iban: str = ""
    reference: str = ""  # the bank's own
    day: date = DAY

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount)


MUGS = (
    Movement("121.00", "Factuur 2026-0117 bestelling 1042", "P Verzonnen", "NL26RABO0300000023", "A1"),
    Movement("-3.50", "Kosten zakelijke rekening", reference="A2"),
)


def write_camt(movements: Sequence[Movement] = MUGS, *, account: str = ACCOUNT, opening: str = "10.00") -> bytes:
    entries = "".join(map(camt_entry, movements))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{camt_balance('OPBD', opening)}{camt_balance('CLBD', closing(movements, opening))}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def closing(movements: Sequence[Movement], opening: str) -> str:
    return str(Decimal(opening) + sum((one.decimal for one in movements), Decimal(0)))


def camt_amount(amount: str) -> str:
    side = "DBIT" if amount.startswith("-") else "CRDT"
    return f'<Amt Ccy="EUR">{amount.removeprefix("-")}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def camt_balance(code: str, amount: str) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{camt_amount(amount)}</Bal>"


def camt_entry(one: Movement) -> str:
    side = "Cdtr" if one.amount.startswith("-") else "Dbtr"
    account = f"<{side}Acct><Id><IBAN>{one.iban}</IBAN></Id></{side}Acct>" if one.iban else ""
    party = f"<RltdPties><{side}><Pty><Nm>{escape(one.name)}</Nm></Pty></{side}>{account}</RltdPties>"
    reference = f"<AcctSvcrRef>{one.reference}</AcctSvcrRef>" if one.reference else ""
    return (
        f"<Ntry>{camt_amount(one.amount)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.day}</Dt></BookgDt>{reference}"
        f"<NtryDtls><TxDtls>{party}<RmtInf><Ustrd>{escape(one.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def write_mt940(movements: Sequence[Movement] = MUGS, *, account: str = ACCOUNT, opening: str = "10.00") -> bytes:
    lines = [":20:S1", f":25:{account}EUR", ":28C:1", f":60F:{mt940_balance(opening)}"]
    for one in movements:
        side = "D" if one.amount.startswith("-") else "C"
        amount = one.amount.removeprefix("-").replace(".", ",")
        lines.append(f":61:{one.day:%y%m%d}{one.day:%m%d}{side}{amount}NTRFNONREF//{one.reference}")
        lines.append(f":86:/CNTP/{one.iban}/BANKNL2A/{one.name}///REMI/USTD//{one.text}/")
    lines.append(f":62F:{mt940_balance(closing(movements, opening))}")
    return "\r\n".join([*lines, "-"]).encode("cp1252")


def mt940_balance(amount: str) -> str:
    side = "D" if amount.startswith("-") else "C"
    return f"{side}{DAY:%y%m%d}EUR{amount.removeprefix('-').replace('.', ',')}"


def write_coda(movements: Sequence[Movement] = MUGS, *, opening: str = "10.00") -> bytes:
    records = ["0000005112672505".ljust(127) + "2"]
    records.append(f"10001{'539007547034 EUR0BE':<37}{coda_amount(opening)}{DAY:%d%m%y}".ljust(128))
    for number, one in enumerate(movements, 1):
        head = f"21{number:04}0000{one.reference:<21}{coda_amount(one.amount)}{one.day:%d%m%y}00150000"
        records.append(f"{head}0{one.text[:53]:<53}{one.day:%d%m%y}00101 0"[:128].ljust(128))
        records.append(f"23{number:04}0000{one.iban:<37}{one.name:<35}".ljust(128))
    records.append(f"8001{'539007547034 EUR0BE':<37}{coda_amount(closing(movements, opening))}{DAY:%d%m%y}".ljust(128))
    records.append(f"9{'':<15}{len(records) - 1:06}".ljust(127) + "2")
    return "\n".join(records).encode("latin-1")


def coda_amount(amount: str) -> str:
    side = "1" if amount.startswith("-") else "0"
    return f"{side}{int(abs(Decimal(amount)) * 1000):015}"


def write_norma43(movements: Sequence[Movement] = MUGS, *, opening: str = "10.00") -> bytes:
    records = [f"11210000010200000011261101261105{norma_amount(opening)}9783TIENDA EJEMPLO"]
    for one in movements:
        records.append(f"22    0001{one.day:%y%m%d}{one.day:%y%m%d}04000{norma_amount(one.amount)}{'':028}")
        records.append(f"2301{f'{one.name} {one.iban}':<38}{one.text:<38}")
    out = [one.decimal for one in movements if one.decimal < 0]
    come = [one.decimal for one in movements if one.decimal > 0]
    sums = "".join(f"{len(of):05}{int(abs(sum(of)) * 100):014}" for of in (out, come))
    records.append(f"33210000010200000011{sums}{norma_amount(closing(movements, opening))}978")
    records.append(f"88{'9' * 18}{len(records):06}")
    return "\r\n".join(one.ljust(80) for one in records).encode("latin-1")


def norma_amount(amount: str) -> str:
    side = "1" if amount.startswith("-") else "2"
    return f"{side}{int(abs(Decimal(amount)) * 100):014}"


def write_cfonb(movements: Sequence[Movement] = MUGS, *, opening: str = "10.00") -> bytes:
    def record(kind: str, body: str, day: date, amount: str, end: str = "") -> str:
        head = f"{kind}30004    00001EUR2 00000000012  {day:%d%m%y}{body}"
        return f"{head[:90]:<90}{cfonb_amount(amount)}{end[:16]:<16}"

    records = [record("01", "", DAY, opening)]
    for one in movements:
        records.append(record("04", f"  {one.day:%d%m%y}VIR SEPA", one.day, one.amount))
        records.append(f"0530004    00001EUR2 0000000001205{one.day:%d%m%y}     NPY{one.name}"[:118].ljust(120))
        records.append(f"0530004    00001EUR2 0000000001205{one.day:%d%m%y}     LCC{one.text}"[:118].ljust(120))
    records.append(record("07", "", DAY, closing(movements, opening)))
    return "\r\n".join(records).encode("latin-1")


def cfonb_amount(amount: str) -> str:
    digits = f"{int(abs(Decimal(amount)) * 100):014}"
    return digits[:-1] + ("}JKLMNOPQR" if amount.startswith("-") else "{ABCDEFGHI")[int(digits[-1])]


def write_ofx(movements: Sequence[Movement] = MUGS, *, account: str = ACCOUNT, opening: str = "10.00") -> bytes:
    rows = "".join(
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{one.day:%Y%m%d}<TRNAMT>{one.amount}<FITID>{one.reference}"
        f"<NAME>{escape(one.name)}<MEMO>{escape(one.text)}</STMTTRN>"
        for one in movements
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR"
        f"<BANKACCTFROM><BANKID>1<ACCTID>{account}</BANKACCTFROM><BANKTRANLIST>{rows}</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>{closing(movements, opening)}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    ).encode()


def write_csv(movements: Sequence[Movement] = MUGS, *, account: str = ACCOUNT) -> bytes:
    """As Rabobank does."""
    head = "IBAN/BBAN,Munt,Volgnr,Datum,Bedrag,Tegenrekening IBAN/BBAN,Naam tegenpartij,Omschrijving-1"
    rows = [
        f'"{account}","EUR","{one.reference}","{one.day}","{one.amount.replace(".", ",")}","{one.iban}","{one.name}",'
        f'"{one.text}"'
        for one in movements
    ]
    return "\r\n".join([head, *rows]).encode()


WRITERS: dict[str, Callable[[], bytes]] = {
    "camt": write_camt, "mt940": write_mt940, "coda": write_coda, "norma43": write_norma43, "cfonb": write_cfonb,
    "ofx": write_ofx, "csv": write_csv,
}  # fmt: skip

#: A payment of 67.75 of which 2.50 was kept, paid out.
STRIPE_REPORT = (
    b"automatic_payout_id,created_utc,currency,gross,fee,net,reporting_category,balance_transaction_id\n"
    b"po_1,2026-11-03,eur,67.75,2.50,65.25,charge,t1\npo_1,2026-11-03,eur,-65.25,0,-65.25,payout,t2\n"
)
