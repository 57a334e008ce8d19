"""Who orders in the demo shop: invented people at real public addresses, with e-mail domains made for examples."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from app.intake_readers.new_order import NewAddress, NewCustomer


@dataclass(frozen=True)
class Person:
    name: str
    street: str  # of a town hall, station or museum
    postcode: str
    city: str
    country: str
    language: str
    company: str = ""
    vat_id: str = ""
    login: str = ""  # before the @, for a name that has no Latin letters

    @property
    def email(self) -> str:
        domain = f"example.{('org', 'com', 'net')[len(self.name) % 3]}"
        return f"{self.login or in_ascii(self.name)}@{domain}"

    @property
    def phone(self) -> str:
        """A number that nobody has: 555 01xx."""
        return f"+{DIALLING.get(self.country, '1')} 555 01{len(self.street) * len(self.name) % 100:02d}"

    def customer(self) -> NewCustomer:
        return NewCustomer(
            name=self.name,
            company=self.company,
            vat_id=self.vat_id,
            email=self.email,
            phone=self.phone,
            language=self.language,
        )

    def address(self) -> NewAddress:
        return NewAddress(
            name=self.name,
            company=self.company,
            street=self.street,
            postcode=self.postcode,
            city=self.city,
            country=self.country,
        )


def in_ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(UNDECOMPOSED)).encode("ascii", "ignore").decode()
    return ".".join(re.findall(r"[a-z]+", plain.lower()))


UNDECOMPOSED = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss"})

DIALLING = {
    "NL": "31", "BE": "32", "DE": "49", "FR": "33", "ES": "34", "AT": "43", "IT": "39", "PT": "351", "SE": "46",
    "DK": "45", "NO": "47", "FI": "358", "PL": "48", "CH": "41", "GB": "44", "IE": "353", "CZ": "420", "GR": "30",
    "BG": "359", "UA": "380", "JP": "81", "AE": "971",
}  # fmt: skip

NEARBY = (
    Person("Femke Jansen", "Markt 87", "2611 GS", "Delft", "NL", "nl"),
    Person("Daan de Vries", "Amstel 1", "1011 PN", "Amsterdam", "NL", "nl"),
    Person("Noor Bakker", "Museumstraat 1", "1071 XX", "Amsterdam", "NL", "nl"),
    Person("Thijs van den Berg", "Stadsplateau 1", "3521 AZ", "Utrecht", "NL", "nl"),
    Person("Yara Özdemir", "Coolsingel 40", "3011 AD", "Rotterdam", "NL", "nl"),
    Person("Ruben Mulder", "Spui 70", "2511 BT", "Den Haag", "NL", "nl"),
    Person("Imke Postma", "Wilhelminaplein 92", "8911 BS", "Leeuwarden", "NL", "nl"),
    Person("Sjoerd Hoekstra", "Museumeiland 1", "9711 ME", "Groningen", "NL", "nl"),
    Person("Lotte Claessens", "Avenue Ceramique 250", "6221 KX", "Maastricht", "NL", "nl"),
    Person("Amir El Idrissi", "Stadhuisplein 1", "5611 EM", "Eindhoven", "NL", "nl"),
    Person("Marijke Visser", "Spaarne 16", "2011 CH", "Haarlem", "NL", "nl"),
    Person("Koen Wisse", "Abdij 3", "4331 BK", "Middelburg", "NL", "nl"),
    Person("Hanna Rietveld", "Verwersstraat 41", "5211 HT", "'s-Hertogenbosch", "NL", "nl"),
    Person("Bram Kuipers", "Grote Kerkplein 15", "8011 PK", "Zwolle", "NL", "nl"),
    Person("Sanne Peters", "Korte Nieuwstraat 6", "6511 PP", "Nijmegen", "NL", "nl"),
    Person("Jelle Dijkstra", "Brink 1", "9401 HS", "Assen", "NL", "nl"),
    Person("Priya Raghunath", "Darwinweg 2", "2333 CR", "Leiden", "NL", "en"),
    Person("Willemijn Smit", "Grote Markt 2", "2011 RD", "Haarlem", "NL", "nl"),
    Person("Pieter Goossens", "Grote Markt 1", "2000", "Antwerpen", "BE", "nl"),
    Person("Elke Vermeulen", "Botermarkt 1", "9000", "Gent", "BE", "nl"),
    Person("Maxime Lambert", "Place du Marché 2", "4000", "Liège", "BE", "fr"),
    Person("Katrin Schäfer", "Rathausplatz 2", "50667", "Köln", "DE", "de"),
    Person("Jonas Groß", "Rathausmarkt 1", "20095", "Hamburg", "DE", "de"),
    Person("Leonie Krüger", "Rathausstraße 15", "10178", "Berlin", "DE", "de"),
    Person("Matthias Huber", "Museumsinsel 1", "80538", "München", "DE", "de"),
    Person("Anke Petersen", "Am Markt 21", "28195", "Bremen", "DE", "de"),
)

FAR = (
    Person("Jule Wagner", "Martin-Luther-Ring 4-6", "04109", "Leipzig", "DE", "de"),
    Person("Camille Moreau", "1 Place de la Comédie", "69001", "Lyon", "FR", "fr"),
    Person("Étienne Lefèvre", "1 Place du Capitole", "31000", "Toulouse", "FR", "fr"),
    Person("Chloé Garnier", "1 Parc de l'Étoile", "67000", "Strasbourg", "FR", "fr"),
    Person("Lucía Fernández", "Plaza del Ayuntamiento 1", "46002", "Valencia", "ES", "es"),
    Person("Iker Etxeberria", "Avenida Abandoibarra 2", "48009", "Bilbao", "ES", "es"),
    Person("Inés Muñoz", "Plaza Nueva 1", "41001", "Sevilla", "ES", "es"),
    Person("Johanna Gruber", "Friedrich-Schmidt-Platz 1", "1010", "Wien", "AT", "de"),
    Person("Giulia Ferrari", "Piazza della Scala 2", "20121", "Milano", "IT", "it"),
    Person("João Guimarães", "Rua Dom João de Castro 210", "4150-417", "Porto", "PT", "pt"),
    Person("Åsa Lindqvist", "Hantverkargatan 1", "111 52", "Stockholm", "SE", "sv"),
    Person("Björn Öhman", "Götaplatsen 6", "412 56", "Göteborg", "SE", "sv"),
    Person("Mette Sørensen", "Aros Allé 2", "8000", "Aarhus", "DK", "da"),
    Person("Ingrid Håland", "Rådhusplassen 1", "0037", "Oslo", "NO", "no"),
    Person("Aino Mäkelä", "Mannerheiminaukio 2", "00100", "Helsinki", "FI", "fi"),
    Person("Zofia Wójcik", "Plac Wszystkich Świętych 3-4", "31-004", "Kraków", "PL", "pl"),
    Person("Łukasz Żak", "Nowe Ogrody 8/12", "80-803", "Gdańsk", "PL", "pl"),
    Person("Reto Ammann", "Stadthausquai 17", "8001", "Zürich", "CH", "de"),
    Person("Noémie Favre", "Rue de l'Hôtel-de-Ville 4", "1204", "Genève", "CH", "fr"),
    Person("Oliver Whitcombe", "Leeman Road 1", "YO26 4XJ", "York", "GB", "en"),
    Person("Fiona MacRae", "253 High Street", "EH1 1YJ", "Edinburgh", "GB", "en"),
    Person("Aoife Brennan", "1 Wood Quay", "D08 RF3F", "Dublin", "IE", "en"),
    Person("Tereza Dvořáková", "Mariánské náměstí 2", "110 01", "Praha", "CZ", "cs"),
    Person("Ελένη Παπαδοπούλου", "Διονυσίου Αρεοπαγίτου 15", "117 42", "Αθήνα", "GR", "el", login="eleni"),
    Person("Мария Иванова", "ул. Московска 33", "1000", "София", "BG", "bg", login="maria.ivanova"),
    Person("Оксана Шевченко", "вулиця Хрещатик 36", "01044", "Київ", "UA", "uk", login="oksana"),
    Person("山田 花子", "上野公園13-9", "110-8712", "台東区, 東京都", "JP", "ja", login="hanako.yamada"),
    Person("佐藤 健", "488 Kamihonnojimaecho", "604-8571", "Kyoto", "JP", "ja", login="ken.sato"),
    Person("ليلى حداد", "Sheikh Zayed Road", "", "Dubai", "AE", "en", login="layla.haddad"),
    Person("Grace Okafor", "1000 Fifth Avenue", "10028", "New York", "US", "en"),
)

#: Companies order at prices without VAT; abroad, with a VAT id, they account for it themselves.
COMPANIES = (
    Person("Maud Scholten", "Bilderdijklaan 10", "5611 NH", "Eindhoven", "NL", "nl", "Café De Roos", "NL009876543B21"),
    Person(
        "Tobias Renner", "Konrad-Adenauer-Straße 30", "70173", "Stuttgart", "DE", "de", "Renner Wohnen", "DE123456789"
    ),
    Person("Isabel Vidal", "Plaça de Sant Jaume 1", "08002", "Barcelona", "ES", "es", "Hotel Vidal", "ESB12345674"),
)
#: What goes wrong with addresses, one each: unknown place, another country's postcode, no house number.
MISADDRESSED = (
    Person("Gijs Terpstra", "Dorpsstraat 12", "", "Nergenshuizen", "NL", "nl"),
    Person("Rosa Lindeman", "Plein 29", "75007", "Den Haag", "NL", "nl"),
    Person("Basile Roux", "Rue de Rivoli", "75001", "Paris", "FR", "fr"),
)
