"""Names for customers who exist only in load tests."""

from __future__ import annotations

from random import Random

FIRST = (
    "Anna", "Bas", "Carmen", "David", "Eline", "Finn", "Greta", "Hugo", "Ilse", "Joris", "Karin", "Lars", "Mila",
    "Nils", "Olga", "Pim", "Quinten", "Roos", "Stefan", "Tess", "Umut", "Vera", "Wim", "Xander", "Yvonne", "Zeno",
    "Aisha", "Boris", "Chiara", "Dirk", "Esra", "Frank", "Geert", "Heleen", "Ivo", "Julia", "Kees", "Laura", "Mateusz",
    "Nadia", "Otto", "Paula", "Rik", "Sofie", "Tom", "Ursula", "Victor", "Wendy", "Youssef", "Zoë",
)  # fmt: skip

LAST = (
    "Aalders", "Bergsma", "Cornelissen", "Dekker", "Evers", "Faber", "Groen", "Hendriks", "Ibrahim", "Jacobs",
    "Kramer", "Lindgren", "Meijer", "Nowak", "Olsen", "Prins", "Quist", "Roelofs", "Schmidt", "Timmermans", "Ullrich",
    "Verhoeven", "Willems", "Yıldız", "Zimmermann", "Andersson", "Boom", "Colombo", "Dubois", "Eriksen", "Fischer",
    "García", "Hofman", "Ivanov", "Janssens", "Koster", "Laurent", "Martens", "Novák", "Oosterhuis", "Pereira",
    "Richter", "Silva", "Ten Have", "Urban", "Vos", "Weber", "Bouzid", "Zielińska", "Brouwer", "Castel", "Driessen",
    "Elzinga", "Fournier", "Gerritsen", "Hermans", "Jonker", "Klein", "Leclercq", "Maes", "Nijhuis", "Okkerse",
    "Poelstra", "Rademaker", "Sanders", "Tuinman", "Vink", "Wouters", "Bosman", "Kok",
)  # fmt: skip


def any_name(random: Random) -> str:
    return f"{random.choice(FIRST)} {random.choice(LAST)}"
