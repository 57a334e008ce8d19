"""Addresses of public places are found near where they are; mistakes are named."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.maps import Doubt, NoPlace, Place, Reason, locate
from app.maps.locating import distance

#: Town halls, stations and museums: street, postcode, city, country, and where it is.
PUBLIC = [
    ("Dam 1", "1012 JS", "Amsterdam", "NL", 52.373, 4.893),
    ("Coolsingel 40", "3011 AD", "Rotterdam", "NL", 51.923, 4.479),
    ("Markt 87", "2611 GS", "Delft", "NL", 52.012, 4.359),
    ("Stationsplein 27", "6221 BT", "Maastricht", "NL", 50.849, 5.705),
    ("Grote Markt 1", "1000", "Brussel", "BE", 50.847, 4.352),
    ("Grote Markt 1", "2000", "Antwerpen", "BE", 51.221, 4.400),
    ("Place Guillaume II 42", "1648", "Luxembourg", "LU", 49.611, 6.130),
    ("Marienplatz 8", "80331", "München", "DE", 48.137, 11.576),
    ("Rathausmarkt 1", "20095", "Hamburg", "DE", 53.550, 9.992),
    ("Rathausplatz 2", "50667", "Köln", "DE", 50.938, 6.960),
    ("Augustusplatz 9", "04109", "Leipzig", "DE", 51.339, 12.381),
    ("Place de l'Hôtel de Ville 1", "75004", "Paris", "FR", 48.856, 2.352),
    ("Place de la Comédie 1", "69001", "Lyon", "FR", 45.767, 4.836),
    ("Quai du Port 1", "13002", "Marseille", "FR", 43.296, 5.370),
    ("Great Russell Street", "WC1B 3DG", "London", "GB", 51.519, -0.127),
    ("Albert Square 1", "M2 5DB", "Manchester", "GB", 53.479, -2.244),
    ("Royal Mile 1", "EH1 1YJ", "Edinburgh", "GB", 55.950, -3.190),
    ("O'Connell Street 1", "D01 F5P2", "Dublin", "IE", 53.349, -6.260),
    ("Plaza de la Villa 4", "28005", "Madrid", "ES", 40.415, -3.710),
    ("Plaça de Sant Jaume 1", "08002", "Barcelona", "ES", 41.383, 2.177),
    ("Piazza del Campidoglio 1", "00186", "Roma", "IT", 41.893, 12.483),
    ("Piazza della Scala 2", "20121", "Milano", "IT", 45.467, 9.190),
    ("Praça do Município 1", "1100-365", "Lisboa", "PT", 38.708, -9.139),
    ("Rådhuspladsen 1", "1550", "København", "DK", 55.676, 12.569),
    ("Hantverkargatan 1", "111 52", "Stockholm", "SE", 59.328, 18.055),
    ("Götaplatsen 6", "412 56", "Göteborg", "SE", 57.697, 11.980),
    ("Rådhusplassen 1", "0037", "Oslo", "NO", 59.912, 10.734),
    ("Pohjoisesplanadi 11", "00170", "Helsinki", "FI", 60.168, 24.952),
    ("plac Bankowy 3", "00-950", "Warszawa", "PL", 52.243, 21.001),
    ("plac Wszystkich Świętych 3", "31-004", "Kraków", "PL", 50.059, 19.938),
    ("Mariánské náměstí 2", "110 00", "Praha", "CZ", 50.087, 14.417),
    ("Rathausplatz 1", "1010", "Wien", "AT", 48.211, 16.357),
    ("Stadthausquai 17", "8001", "Zürich", "CH", 47.369, 8.541),
    ("Kossuth Lajos tér 1", "1055", "Budapest", "HU", 47.507, 19.046),
    ("Athinas 63", "105 52", "Athina", "GR", 37.983, 23.727),
    ("1000 Fifth Avenue", "10028", "New York", "US", 40.779, -73.963),
    ("600 4th Avenue", "98104", "Seattle", "US", 47.604, -122.330),
    ("100 Queen Street West", "M5H 2N2", "Toronto", "CA", 43.653, -79.384),
    ("George Street 483", "2000", "Sydney", "AU", -33.873, 151.207),
    ("Marunouchi 1", "100-0005", "Tokyo", "JP", 35.681, 139.767),
    ("City Hall 1", "", "Singapore", "SG", 1.290, 103.851),
    ("Main Road 1", "", "Nairobi", "KE", -1.286, 36.817),
]


def address(street="Dam 1", postcode="", city="", country="NL", region=""):
    return SimpleNamespace(street=street, street2="", postcode=postcode, city=city, region=region, country=country)


@pytest.mark.parametrize(("street", "postcode", "city", "country", "latitude", "longitude"), PUBLIC)
def test_public_addresses_are_found_within_ten_kilometres(street, postcode, city, country, latitude, longitude):
    found = locate(address(street, postcode, city, country))

    assert isinstance(found, Place), found
    assert distance((found.latitude, found.longitude), (latitude, longitude)) < 10


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (address("", "", "", "NL"), Reason.NO_ADDRESS),
        (address("Damrak 1", "6211 LE", "Amsterdam", "NL"), Reason.POSTCODE_NOT_IN_CITY),
        (address("Damrak 1", "10115", "Amsterdam", "NL"), Reason.POSTCODE_NOT_OF_COUNTRY),
        (address("Dorpsstraat 1", "", "Nergenshuizen", "NL"), Reason.UNKNOWN_PLACE),
        (address("Damrak 1", "1012 LG", "Amsterdam", "ZZ"), Reason.UNKNOWN_COUNTRY),
        (address("Damrak 1", "1012 LG", "Amsterdam", ""), Reason.UNKNOWN_COUNTRY),
    ],
)
def test_mistakes_are_named(given, reason):
    found = locate(given)

    assert isinstance(found, NoPlace)
    assert found.reason == reason


@pytest.mark.usefixtures("database")
def test_the_sentence_says_where_the_postcode_is():
    found = locate(address("Damrak 1", "6211 LE", "Amsterdam"))

    assert str(found.sentence) == "The postcode 6211 LE is not in Amsterdam; it is near Maastricht."


def test_missing_house_number_is_only_noted():
    found = locate(address("Damrak", "1012 LG", "Amsterdam"))

    assert isinstance(found, Place)
    assert [note.doubt for note in found.notes] == [Doubt.NO_HOUSE_NUMBER]


@pytest.mark.parametrize("odd", ["\0", "x" * 10_000, "🚲🧀", "%_\\'\"", "\u202e", "a\nb", "<script>"])
def test_odd_characters_break_nothing(odd):
    for field in ("street", "postcode", "city", "country", "region"):
        assert locate(address(**{"street": "Dam 1", "postcode": "1012 JS", "city": "Amsterdam", field: odd}))
