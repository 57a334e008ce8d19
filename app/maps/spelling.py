"""One spelling for names of places and for postcodes, however people write them.

The data file is built with it and searched with it, so both sides always agree.
"""

from __future__ import annotations

import re
import unicodedata

#: How many characters of a postcode the data file keeps, where it keeps fewer than there are.
KEPT_LETTERS = {
    "BR": 5,
    "CA": 3,
    "IE": 3,
    "JP": 3,
    "KR": 3,
    "MT": 3,
    "MX": 4,
    "NL": 4,
    "PT": 4,
    "RO": 4,
    "RU": 4,
    "SG": 2,
}
KEPT_LETTERS |= {"UA": 3, "PR": 5, "US": 5}

#: Countries with British postcodes: the last three characters tell the street, the rest the district.
BRITISH = frozenset({"GB", "GG", "IM", "JE"})

#: Codes that people write for a country beside its ISO one.
OTHER_CODES = {"EL": "GR", "UK": "GB"}

#: Letters that Unicode does not take apart into a base letter and a mark.
WHOLE_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)

SAINT = re.compile(r"\b(saint|sankt|sint|san|st)\b\.?")
SAINTE = re.compile(r"\b(sainte|ste)\b\.?")
CEDEX = re.compile(r"\b(cedex|cédex|postbus|postfach|boîte postale|po box|bp)\b.*", re.IGNORECASE)
QUALIFIED = re.compile(r"[(,/]|\s-\s|\s\d")


def fold_name(name: str) -> str:
    """A name without case, accents, spaces and punctuation: Saint-Étienne, ST ETIENNE and St. Etienne are one."""
    letters = unicodedata.normalize("NFKD", name.casefold().translate(WHOLE_LETTERS))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    plain = SAINTE.sub("ste", SAINT.sub("st", plain))
    return "".join(letter for letter in plain if letter.isalnum())


def readings(city: str) -> list[str]:
    """The folded names that the text for a city may mean, the most literal first: "Toulouse Cedex 6" is Toulouse."""
    texts = [city, CEDEX.sub("", city), QUALIFIED.split(city)[0]]
    return [name for name in dict.fromkeys(map(fold_name, texts)) if name]


def country_code(text: str) -> str:
    code = text.strip().upper()
    return OTHER_CODES.get(code, code)


def squeeze_postcode(country: str, postcode: str) -> str:
    """A postcode in capitals without spaces, hyphens, CEDEX or the country in front: "D-10 117" is 10117."""
    text = re.sub(r"\s*CEDEX.*", "", postcode.strip().upper())
    prefixed = re.fullmatch(rf"(?:{re.escape(country)}[\s-]*|[A-Z]{{1,3}}\s*-\s*)(\d[\d\s]{{2,}})", text, re.ASCII)
    return "".join(re.findall(r"[A-Z0-9]", prefixed.group(1) if prefixed else text))


def district(country: str, code: str) -> str:
    """As much of a squeezed postcode as the data file keeps: 1012LG is 1012, and EH12NG is EH1."""
    if country in BRITISH:
        return code[:-3] if len(code) > 4 else code
    return code[: KEPT_LETTERS.get(country, len(code))]
