"""Looking an address up: the postcode says where, the city confirms it, and together they expose a mistake."""

from __future__ import annotations

import difflib
import math
import re
import statistics
from dataclasses import replace
from functools import lru_cache

from flask_babel import lazy_gettext as _l

from app.maps import atlas
from app.maps.atlas import Town
from app.maps.places import Address, Doubt, NoPlace, Note, Place, Precision, Reason
from app.maps.spelling import CEDEX, country_code, district, fold_name, readings, squeeze_postcode

#: How far, in km, a postcode may lie from the middle of its city. Where people live far apart it is farther.
CITY_REACH = 30
WIDE_CITY_REACH = 80
WIDE_COUNTRIES = frozenset("AR AU BR CA CL CN DZ FI IN IS MX NO NZ RU SE US ZA".split())
AREA_REACH = 120

#: One of several towns of a name is meant when it is this many times as large as the next.
CLEARLY_LARGER = 10

#: Where many houses have a name and no number.
HOUSES_WITH_NAMES = frozenset({"GB", "GG", "IE", "IM", "JE"})

NAME = re.compile(r"(?:[^\W\d_]|[.'’ -]){2,28}")


def locate(address: Address) -> Place | NoPlace:
    """Find an address without any network; a missing house number is only noted, for the map shows a town."""
    street, street2, postcode, city, region = (
        tidy(part) for part in (address.street, address.street2, address.postcode, address.city, address.region)
    )
    country = country_code(tidy(address.country))
    if not (street or postcode or city):
        return NoPlace(Reason.NO_ADDRESS, _l("There is no address."))
    found = locate_in_atlas(country, postcode, city, region)
    if country in HOUSES_WITH_NAMES or any(letter.isnumeric() for letter in street + street2):
        return found
    missing = Note(Doubt.NO_HOUSE_NUMBER, _l("The house number is missing."))
    return replace(found, notes=(missing, *found.notes))


def tidy(text: object) -> str:
    """One line without control characters, and not longer than an address can be."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(text or "")[:255])
    return " ".join(line.split())[:100]


@lru_cache(maxsize=5000)
def locate_in_atlas(country: str, postcode: str, city: str, region: str) -> Place | NoPlace:
    pattern = atlas.postcode_pattern(country)
    if pattern is None:
        return NoPlace(Reason.UNKNOWN_COUNTRY, _l("The country is missing or unknown."))
    code = squeeze_postcode(country, postcode)
    point = point_of(country, code)
    if code and pattern and not is_of_country(country, code, pattern):
        text = _l("The postcode %(postcode)s does not fit the country.", postcode=postcode)
        return NoPlace(Reason.POSTCODE_NOT_OF_COUNTRY, text)
    towns = towns_meant(country, city)
    if point and towns:
        return confirm_point(point, towns, country=country, postcode=postcode, city=city)
    if point:
        return by_postcode(point, city=city)
    return by_city(towns, code=code, country=country, postcode=postcode, city=city, region=region)


def is_of_country(country: str, code: str, pattern: str) -> bool:
    """Whether a squeezed postcode looks like one of the country, or is the part of one that the atlas knows."""
    return bool(re.fullmatch(pattern, code)) or any(code == known for known, *_ in atlas.postcodes(country, code))


def point_of(country: str, code: str) -> tuple[float, float] | None:
    """Where a postcode is; shorter than the atlas keeps them, or unknown to it, it has no point."""
    wanted = district(country, code)
    if len(wanted) < 2:
        return None
    return next(((lat, lon) for known, lat, lon in atlas.postcodes(country, wanted) if known == wanted), None)


def area_of(country: str, code: str) -> tuple[float, float] | None:
    """About where a postcode unknown to the atlas must be: amid those that share its first characters.

    Codes of large firms and post-office boxes are such: 31012 Toulouse Cedex 6 has no streets.
    """
    near = atlas.postcodes(country, code[:3] if len(code) > 4 else code[:2]) if len(code) > 3 else []
    if len(near) < 3:
        return None
    return statistics.median(lat for _, lat, _ in near), statistics.median(lon for *_, lon in near)


def towns_meant(country: str, city: str) -> list[Town]:
    for name in readings(city):
        towns = atlas.towns_named(country, name)
        if towns:
            return towns
    return []


def confirm_point(
    point: tuple[float, float], towns: list[Town], *, country: str, postcode: str, city: str
) -> Place | NoPlace:
    """Postcode and city are both known: they must be near each other."""
    reach = WIDE_CITY_REACH if country in WIDE_COUNTRIES else CITY_REACH
    town = min(towns, key=lambda town: distance(point, (town.latitude, town.longitude)))
    if distance(point, (town.latitude, town.longitude)) > reach:
        return contradiction(point, postcode=postcode, city=city)
    return Place(*point, name_town(town, city), Precision.POSTCODE)


def contradiction(point: tuple[float, float], *, postcode: str, city: str) -> NoPlace:
    facts = {"postcode": postcode, "city": city, "near": nearest_name(point)}
    if not facts["near"]:
        text = _l("The postcode %(postcode)s is not in %(city)s.", postcode=postcode, city=city)
    else:
        text = _l("The postcode %(postcode)s is not in %(city)s; it is near %(near)s.", **facts)
    return NoPlace(Reason.POSTCODE_NOT_IN_CITY, text)


def by_postcode(point: tuple[float, float], *, city: str) -> Place:
    """Only the postcode is known; a town nearby with a similar name is probably the one that was meant."""
    names = {fold_name(town.name): town.name for town in atlas.towns_within(around(point, 0.25))}
    similar = difflib.get_close_matches(fold_name(city), names, n=1, cutoff=0.75) if city else []
    if similar:
        text = _l("The city %(city)s is unknown; did you mean %(near)s?", city=city, near=names[similar[0]])
    else:
        text = _l("The city %(city)s is unknown; the map shows the postcode.", city=city)
    notes = (Note(Doubt.UNKNOWN_CITY, text),) if city else ()
    name = names[similar[0]] if similar else nearest_name(point)
    return Place(*point, name, Precision.POSTCODE, notes)


def by_city(towns: list[Town], *, code: str, country: str, postcode: str, city: str, region: str) -> Place | NoPlace:
    """The postcode is missing, or unknown; then its first characters still tell the part of the country."""
    if not towns:
        return NoPlace(Reason.UNKNOWN_PLACE, _l("This place is unknown."))
    area = area_of(country, code)
    if area:
        towns = [town for town in towns if distance(area, (town.latitude, town.longitude)) <= AREA_REACH]
        if not towns:
            return contradiction(area, postcode=postcode, city=city)
    town = the_one_meant(in_region(towns, country, region))
    if not town:
        text = _l("There are several places named %(city)s; the postcode would tell which.", city=city)
        return NoPlace(Reason.SEVERAL_PLACES, text)
    unknown = _l("The postcode %(postcode)s is unknown; the map shows the city.", postcode=postcode)
    notes = (Note(Doubt.UNKNOWN_POSTCODE, unknown),) if code and atlas.postcode_pattern(country) else ()
    return Place(town.latitude, town.longitude, name_town(town, city), Precision.CITY, notes)


def in_region(towns: list[Town], country: str, region: str) -> list[Town]:
    code = atlas.region_code(country, fold_name(region)) if region else ""
    return [town for town in towns if town.region == code] or towns


def the_one_meant(towns: list[Town]) -> Town | None:
    """The largest, unless another one far away is about as large."""
    first, others = towns[0], towns[1:]
    here = (first.latitude, first.longitude)
    far = [town for town in others if distance(here, (town.latitude, town.longitude)) > 50]
    return None if far and first.population < CLEARLY_LARGER * max(1, far[0].population) else first


def name_town(town: Town, city: str) -> str:
    """The name as the address writes it, München and not Munich, where it is one and written like a name."""
    is_name = bool(NAME.fullmatch(city)) and city[0].isupper() and not city.isupper()
    return city if is_name and not CEDEX.search(city) else town.name


def nearest_name(point: tuple[float, float]) -> str:
    towns = atlas.towns_within(around(point, 0.5))
    return min(towns, key=lambda town: distance(point, (town.latitude, town.longitude))).name if towns else ""


def around(point: tuple[float, float], height: float) -> atlas.Box:
    """The box of so many degrees to the north and south, and about as many km to the east and west."""
    latitude, longitude = point
    width = height / max(0.1, math.cos(math.radians(latitude)))
    return atlas.Box(longitude - width, latitude - height, longitude + width, latitude + height)


def distance(here: tuple[float, float], there: tuple[float, float]) -> float:
    """In km, over a round earth."""
    south, west, north, east = (math.radians(angle) for angle in (*here, *there))
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 12742 * math.asin(min(1.0, math.sqrt(half)))
