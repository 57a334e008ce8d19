"""Texts in which a bank marks each part: "/NAME/…/REMI/…" in the Netherlands, "?20…" and "SVWZ+…" in Germany."""

from __future__ import annotations

import re

from app.statements.statement import find_iban, tidy_text

#: Dutch words that begin a part, and what the part is; "" is left out.
SLASH_WORDS = {
    "CNTP": "", "NAME": "name", "IBAN": "iban", "REMI": "text", "EREF": "end_to_end", "TRTP": "", "ORDP": "",
    "BENM": "", "ISDT": "", "BIC": "", "CSID": "", "MARF": "", "PREF": "", "RTRN": "", "TRCD": "", "ID": "",
    "ULTD": "", "ULTC": "", "PURP": "", "SUM": "",
}  # fmt: skip
SLASH = re.compile(
    r"/(CNTP|NAME|IBAN|REMI|EREF|TRTP|ORDP|BENM|ISDT|BIC|CSID|MARF|PREF|RTRN|TRCD|ID|ULTD|ULTC|PURP|SUM)/"
)

PLUS_WORDS = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")

#: Codes of German banks for what comes back: returned debits, returned transfers.
RETURNS = {"108", "109", "159", "181", "182", "183", "184"}


def cut_words(text: str) -> dict[str, str]:
    """name, iban, text, end_to_end and reference of a text of Dutch words; {} when it is none."""
    if not SLASH.match(text):
        return {}
    pieces = SLASH.split(text)
    found: dict[str, str] = {"text": ""}
    for word, part in zip(pieces[1::2], pieces[2::2], strict=True):
        if word == "CNTP":
            cells = [*part.split("/"), "", "", ""]
            found |= {"iban": cells[0], "name": cells[2]}
        elif word == "REMI":
            found |= cut_remittance(part)
        elif field := SLASH_WORDS[word]:
            found[field] = tidy_text(part.strip("/ "))
    if found.get("end_to_end", "").upper() in ("NOTPROVIDED", "NONREF"):
        del found["end_to_end"]
    return found


def cut_remittance(part: str) -> dict[str, str]:
    """ "USTD//text/", "STRD/CUR/reference/", or the text alone."""
    if part.startswith("STRD/"):
        return {"reference": part.strip("/").rpartition("/")[2]}
    return {"text": tidy_text(part.removeprefix("USTD//").strip("/ "))}


def cut_numbered(text: str) -> dict[str, str]:
    """The same of German fields "166?00…?20…?31…?32…", with "return" where it tells of one; {} when it is none."""
    if not re.match(r"\d{3}\?\d\d", text):
        return {}
    fields: dict[str, str] = {}
    for code, part in re.findall(r"\?(\d\d)([^?]*)", text):
        fields[code] = fields.get(code, "") + part
    purpose = "".join(part for code, part in sorted(fields.items()) if code[0] == "2" or "60" <= code <= "63")
    found = {
        "name": tidy_text(fields.get("32", "") + fields.get("33", "")),
        "iban": fields.get("31", ""),
        "text": tidy_text(purpose),
    }
    pieces = PLUS_WORDS.split(purpose)
    said = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if said:
        found["text"] = tidy_text(f"{pieces[0]} {said.get('SVWZ', '')}")
        found["end_to_end"] = tidy_text(said.get("EREF", ""))
    if text[:3] in RETURNS or "RETOURE" in fields.get("00", ""):
        found["return"] = fields.get("00", "")
    return found


def cut_labelled(lines: list[str]) -> dict[str, str]:
    """Of Knab: the text, then a line "REK: NL66…/NAAM: …"; else the whole as text."""
    labelled = next((one for one in lines if re.match(r"REK: ?\S+/NAAM:", one)), "")
    if not labelled:
        text = tidy_text(" ".join(lines))
        return {"text": text, "iban": find_iban(text)}
    account, _mark, name = labelled.partition("/NAAM:")
    text = tidy_text(" ".join(one for one in lines if one is not labelled))
    return {"text": text, "iban": account.removeprefix("REK:").strip(), "name": name.strip()}
