"""VIES as a real server: its REST API answers as the one of the Commission does, and fails as that does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.simulators.serving import Answer, Asked, OutsideShop

STATES = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()

#: What it says with which status when it can't tell.
STATUS_OF = {"INVALID_INPUT": 400, "INVALID_REQUESTER_INFO": 400, "VAT_BLOCKED": 400, "IP_BLOCKED": 400}
#: What it matches when it is asked to, and was not.
MATCHES = ("traderNameMatch", "traderStreetMatch", "traderPostalCodeMatch", "traderCityMatch", "traderCompanyTypeMatch")


@dataclass(frozen=True)
class Trader:
    """Whom a register knows by a number. Germany and Spain tell neither name nor address."""

    name: str = "---"
    address: str = "---"


class ViesServer(OutsideShop):
    """POST /rest-api/check-vat-number; whoever states their own number gets a consultation number."""

    def __init__(self) -> None:
        super().__init__()
        self.traders: dict[str, Trader] = {}
        self.unavailable: dict[str, str] = {}  # member state -> its error
        self.consultations = 0

    @property
    def rest_api(self) -> str:
        return f"{self.url}/taxation_customs/vies/rest-api"

    def answer(self, asked: Asked) -> Answer:
        if asked.path != "/taxation_customs/vies/rest-api/check-vat-number":
            return Answer(404, "<html><body>Not Found</body></html>", {"Content-Type": "text/html"})
        if asked.method != "POST":
            return Answer(405, {"status": 405, "error": "Method Not Allowed"})
        told = asked.json
        state, number = told.get("countryCode", ""), told.get("vatNumber", "")
        if state not in STATES or not number.isalnum():
            return refusal("INVALID_INPUT")
        requester = told.get("requesterMemberStateCode", "") + told.get("requesterNumber", "")
        if requester and requester not in self.traders:
            return refusal("INVALID_REQUESTER_INFO")
        if state in self.unavailable:
            return refusal(self.unavailable[state])
        return Answer(200, self.say(state, number, requester))

    def say(self, state: str, number: str, requester: str) -> dict[str, Any]:
        trader = self.traders.get(state + number)
        self.consultations += bool(requester)
        identifier = f"WAPIAAAA{self.consultations:08d}" if requester else ""
        moment = (self.now() + timedelta(milliseconds=151)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {"countryCode": state, "vatNumber": number, "requestDate": moment, "valid": trader is not None}
        said |= {"requestIdentifier": identifier, "name": "---", "address": "---"}
        said |= {"name": trader.name, "address": trader.address} if trader else {}
        parts = ("Name", "Street", "PostalCode", "City", "CompanyType")
        return said | {f"trader{part}": "---" for part in parts} | dict.fromkeys(MATCHES, "NOT_PROCESSED")


def refusal(code: str) -> Answer:
    wrapped = {"actionSucceed": False, "errorWrappers": [{"error": code}]}
    return Answer(STATUS_OF.get(code, 500), wrapped)
