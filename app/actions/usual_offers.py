"""Payment and shipping methods that shops of a country usually offer, to be taken by a tick instead of typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import queries
from app.accounting.vat_rates import usual_rate
from app.config import locale_of
from app.extensions import ShownText, db
from app.history import Actor, Happened, record
from app.models import PaymentMethod, ShippingMethod


@dataclass(frozen=True)
class UsualPayment:
    title: ShownText
    countries: str = ""  # where it is usual; "" everywhere
    confirms_itself: bool = True


@dataclass(frozen=True)
class UsualShipping:
    title: ShownText
    countries: str = ""
    tracking_url: str = ""
    is_pick_up: bool = False


Usual = TypeVar("Usual", UsualPayment, UsualShipping)

PAYMENTS = {
    "ideal": UsualPayment("iDEAL", "NL"),
    "bancontact": UsualPayment("Bancontact", "BE LU"),
    "card": UsualPayment(_l("Card")),
    "paypal": UsualPayment("PayPal"),
    "klarna": UsualPayment("Klarna", "AT BE CH DE DK ES FI FR GB IE IT NL NO PL PT SE"),
    "eps": UsualPayment("EPS", "AT"),
    "blik": UsualPayment("BLIK", "PL"),
    "p24": UsualPayment("Przelewy24", "PL"),
    "swish": UsualPayment("Swish", "SE"),
    "vipps": UsualPayment("Vipps MobilePay", "DK FI NO"),
    "twint": UsualPayment("TWINT", "CH"),
    "bizum": UsualPayment("Bizum", "ES"),
    "mbway": UsualPayment("MB WAY", "PT"),
    "multibanco": UsualPayment("Multibanco", "PT"),
    "satispay": UsualPayment("Satispay", "IT"),
    "transfer": UsualPayment(_l("Bank transfer"), confirms_itself=False),
    "invoice": UsualPayment(_l("On account"), confirms_itself=False),
    "cash": UsualPayment(_l("Cash on pick-up"), confirms_itself=False),
}

DPD = "AT BE BG CH CZ DE EE ES FR GB HR HU IE IT LT LU LV NL PL PT RO SI SK"
SHIPPINGS = {
    "postnl": UsualShipping("PostNL", "NL", "https://postnl.nl/tracktrace/?B={code}&P={postcode}&D={country}&T=C"),
    "dhl-nl": UsualShipping("DHL", "NL BE LU", "https://my.dhlecommerce.nl/home/tracktrace/{code}/{postcode}"),
    "bpost": UsualShipping(
        "bpost", "BE", "https://track.bpost.cloud/btr/web/#/search?itemCode={code}&postalCode={postcode}"
    ),
    "dhl-de": UsualShipping(
        "DHL", "DE", "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={code}"
    ),
    "hermes": UsualShipping("Hermes", "DE", "https://www.myhermes.de/empfangen/sendungsverfolgung/{code}"),
    "post-at": UsualShipping("Österreichische Post", "AT", "https://www.post.at/sv/sendungsdetails?snr={code}"),
    "post-ch": UsualShipping("Die Post", "CH LI", "https://service.post.ch/ekp-web/ui/entry/search/{code}"),
    "colissimo": UsualShipping("Colissimo", "FR", "https://www.laposte.fr/outils/suivre-vos-envois?code={code}"),
    "chronopost": UsualShipping(
        "Chronopost", "FR", "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={code}"
    ),
    "mondial": UsualShipping(
        "Mondial Relay", "FR BE LU ES",
        "https://www.mondialrelay.fr/suivi-de-colis/?numeroExpedition={code}&codePostal={postcode}",
    ),
    "correos": UsualShipping(
        "Correos", "ES", "https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number={code}"
    ),
    "seur": UsualShipping("SEUR", "ES", "https://www.seur.com/livetracking/?segOnlineIdentificador={code}"),
    "royal-mail": UsualShipping("Royal Mail", "GB", "https://www.royalmail.com/track-your-item#/tracking-results/{code}"),
    "evri": UsualShipping("Evri", "GB", "https://www.evri.com/track/parcel/{code}"),
    "inpost": UsualShipping("InPost", "PL", "https://inpost.pl/sledzenie-przesylek?number={code}"),
    "postnord": UsualShipping("PostNord", "SE", "https://www.postnord.se/en/our-tools/track-and-trace?shipmentId={code}"),
    "posten": UsualShipping("Posten", "NO", "https://sporing.posten.no/sporing/{code}"),
    "dpd": UsualShipping("DPD", DPD, "https://tracking.dpd.de/status/en_US/parcel/{code}"),
    "gls": UsualShipping("GLS", "", "https://gls-group.com/track/{code}"),
    "ups": UsualShipping("UPS", "", "https://www.ups.com/track?tracknum={code}"),
    "dhl-express": UsualShipping(
        "DHL Express", "", "https://www.dhl.com/global-en/home/tracking.html?tracking-id={code}"
    ),
    "pick-up": UsualShipping(_l("Pick up in the shop"), is_pick_up=True),
}  # fmt: skip


def usual_payments(country: str) -> dict[str, UsualPayment]:
    """By key, those of the country before those of everywhere."""
    return dict(own_first(PAYMENTS, country))


def usual_shippings(country: str) -> dict[str, UsualShipping]:
    return dict(own_first(SHIPPINGS, country))


def own_first(offers: dict[str, Usual], country: str) -> list[tuple[str, Usual]]:
    own = [(key, one) for key, one in offers.items() if country in one.countries.split()]
    return own + [(key, one) for key, one in offers.items() if not one.countries]


def offer_usual(kind: str, keys: Iterable[str], *, by: Actor) -> int:
    """Offer these from now on, titled in the shop's language; those of the same title stay. Answers how many came."""
    shop = queries.shop()
    with force_locale(locale_of(shop.language)):
        made = made_payments(shop.country, keys) if kind == "payment" else made_shippings(shop.country, keys)
    known = set(db.session.scalars(select(PaymentMethod.title if kind == "payment" else ShippingMethod.title)))
    new = [one for one in made if one.title not in known]
    db.session.add_all(new)
    db.session.flush()
    for one in new:
        record(Happened.RECORD_CREATED, None, by, subject=one, record=str(one))
    return len(new)


def made_payments(country: str, keys: Iterable[str]) -> list[PaymentMethod | ShippingMethod]:
    offers, rate = usual_payments(country), usual_rate()
    return [
        PaymentMethod(title=str(one.title), confirms_itself=one.confirms_itself, vat_rate=rate)
        for one in (offers[key] for key in keys if key in offers)
    ]


def made_shippings(country: str, keys: Iterable[str]) -> list[PaymentMethod | ShippingMethod]:
    offers, rate = usual_shippings(country), usual_rate()
    return [
        ShippingMethod(
            title=str(one.title),
            carrier="" if one.is_pick_up else str(one.title),
            tracking_url=one.tracking_url,
            is_pick_up=one.is_pick_up,
            vat_rate=rate,
        )
        for one in (offers[key] for key in keys if key in offers)
    ]
