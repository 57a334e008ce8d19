"""What a column of a CSV file can be for us, and how such columns are called in five languages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class CellKind(StrEnum):
    """What is written in the cells of a column."""

    TEXT = "text"
    AMOUNT = "amount"
    MOMENT = "moment"
    COUNTRY = "country"
    EMAIL = "email"


@dataclass(frozen=True)
class Column:
    title: LazyString
    kind: CellKind
    names: tuple[str, ...]  # in words without accents: English, Dutch, German, French, Spanish


def column(title: LazyString, kind: str, names: str) -> Column:
    return Column(title, CellKind(kind), tuple(" ".join(name.split()) for name in names.split(",")))


COLUMNS: dict[str, Column] = {
    "number": column(_l("Order number"), "text", """order number, order no, order nr, order, order id, nr, no,
        ordernr, auftragsnr, bestell nr, order
        name, number, ordernummer, bestelnummer, bestelling, nummer, bestellnummer, bestellnr, auftragsnummer,
        bestellung, nummer, numero de commande, no commande, commande, numero de pedido, pedido, no pedido,
        numero"""),
    "placed_at": column(_l("Order date"), "moment", """order date, date, created at, created, placed at, date
        created, order placed, date ordered, purchase date, besteldatum, orderdatum, datum, aangemaakt,
        bestelldatum, auftragsdatum, erstellt am, date de commande, date commande, cree le, fecha de pedido,
        fecha del pedido, fecha, creado"""),
    "external_id": column(_l("Own id of the other shop"), "text", "order id, id, order key"),
    "status": column(_l("Order status"), "text", """order status, status, state, bestelstatus, orderstatus,
        bestellstatus, auftragsstatus, statut, statut de la commande, etat, estado, estado del pedido"""),
    "currency": column(_l("Currency"), "text", """currency, order currency, currency code, valuta, munteenheid,
        wahrung, waehrung, devise, monnaie, moneda, divisa"""),
    "total": column(_l("Order total"), "amount", """order total, total, grand total, order total amount, total
        amount, total paid, amount, totaal, totaalbedrag, ordertotaal, bedrag, eindtotaal, totaal incl btw,
        gesamt, gesamtbetrag, gesamtsumme, summe, endbetrag, montant total, total ttc, total commande, montant,
        importe total, importe, total del pedido"""),
    "tax_total": column(_l("Total tax"), "amount", """tax, taxes, tax total, total tax, order tax, vat, vat
        total, total vat, btw, btw bedrag, totaal btw, mwst, mehrwertsteuer, steuer, ust, tva, montant tva,
        taxes total, iva, impuestos, total impuestos"""),
    "shipping_cost": column(_l("Shipping cost"), "amount", """shipping, shipping cost, shipping total, shipping
        amount, order shipping amount, postage, delivery cost, verzendkosten, verzending, versandkosten,
        versand, frais de port, frais de livraison, livraison, gastos de envio, coste de envio, envio"""),
    "shipping_tax": column(_l("Tax on shipping"), "amount", """shipping tax, shipping tax total, shipping vat,
        btw verzendkosten, mwst versand, versandkosten mwst, tva frais de port, iva envio"""),
    "shipping_discount": column(_l("Discount on shipping"), "amount", """ship promotion discount, korting op verzending,
        korting verzendkosten, rabatt auf versand"""),
    "payment_cost": column(_l("Payment cost"), "amount", """payment cost, payment fee, transaction fee,
        betaalkosten, zahlungskosten, zahlungsgebuhr, frais de paiement, gastos de pago"""),
    "fee": column(_l("Other fees"), "amount", """fee, fees, fee total, handling, toeslag, zuschlag, gebuhr, frais,
        recargo"""),
    "fee_tax": column(_l("Tax on other fees"), "amount", "gift wrap tax, fee tax, btw toeslag"),
    "discount": column(_l("Discount on the order"), "amount", """discount, discount amount, order discount,
        discount total, total discount, cart discount, korting, kortingsbedrag, rabatt, nachlass, remise,
        reduction, descuento"""),
    "gift_card": column(_l("Paid by gift card"), "amount", """gift card, gift card amount, giftcard, gift cards,
        gift certificate, store credit, cadeaubon, cadeaukaart, geschenkgutschein, geschenkkarte, carte cadeau,
        cheque cadeau, tarjeta regalo, tarjeta de regalo"""),
    "discount_code": column(_l("Discount code"), "text", """discount code, coupon, coupon code, coupons used,
        promo code, voucher, kortingscode, gutschein, gutscheincode, rabattcode, code promo, code de reduction,
        bon de reduction, cupon, codigo de descuento"""),
    "payment_status": column(_l("Payment status"), "text", """payment status, financial status, paid, payment
        state, betaalstatus, betaald, zahlungsstatus, bezahlt, statut de paiement, paye, estado del pago, pagado"""),
    "paid_at": column(_l("Paid on"), "moment", """paid at, paid date, date paid, payment date, betaald op,
        betaaldatum, bezahlt am, zahlungsdatum, paye le, date de paiement, fecha de pago, pagado el"""),
    "paid_amount": column(_l("Amount paid"), "amount", """amount paid, paid amount, betaald bedrag, bezahlter
        betrag, montant paye, importe pagado"""),
    "payment_method": column(_l("Payment method"), "text", """payment method, payment method title, payment,
        gateway, payment type, betaalmethode, betaalwijze, betaling, zahlungsart, zahlungsmethode, zahlung, mode
        de paiement, moyen de paiement, paiement, metodo de pago, forma de pago, pago"""),
    "payment_reference": column(_l("Reference of the payment"), "text", """transaction id, payment reference,
        payment id, transactie id, betaalkenmerk, transaktions id, transaktionsnummer, id de transaction, id de
        transaccion"""),
    "refunded": column(_l("Amount refunded"), "amount", """refunded, refunded amount, refund, refund amount,
        refunded total, order refund amount, terugbetaald, terugbetaling, erstattet, erstattung, ruckerstattung,
        rembourse, montant rembourse, reembolso, reembolsado"""),
    "invoice_number": column(_l("Number of the invoice"), "text", """invoice number, invoice no, invoice nr, invoice
        id, pdf invoice number, wcpdf invoice number, factuurnummer, factuurnr, factuur nr, rechnungsnummer,
        rechnungsnr, rechnungs nr, numero de facture, no facture, numero de factura, no factura"""),
    "shipping_method": column(_l("Shipping method"), "text", """shipping method, shipping method title, delivery
        method, delivery, verzendmethode, verzendwijze, bezorging, versandart, versandmethode, mode de
        livraison, mode d expedition, metodo de envio, forma de envio"""),
    "sent_at": column(_l("Sent on"), "moment", """shipped at, fulfilled at, sent at, ship date, date shipped,
        shipping date, completed date, date completed, verzonden op, verzenddatum, versendet am, versanddatum,
        expedie le, date d expedition, enviado el, fecha de envio"""),
    "tracking_code": column(_l("Track & Trace code"), "text", """tracking number, tracking code, tracking, track
        and trace, track trace, tracktrace, trackingcode, sendungsnummer, trackingnummer, numero de suivi,
        suivi, numero de seguimiento, seguimiento"""),
    "carrier": column(_l("Carrier"), "text", """carrier, shipping carrier, courier, vervoerder, bezorger,
        versanddienst, paketdienst, transporteur, transportista"""),
    "cancelled_at": column(_l("Cancelled on"), "moment", """cancelled at, canceled at, date cancelled,
        geannuleerd op, storniert am, annule le, cancelado el"""),
    "customer_note": column(_l("Note of the customer"), "text", """customer note, note, notes, comment,
        comments, order note, order notes, remarks, opmerking, opmerkingen, notitie, anmerkung, bemerkung,
        kommentar, remarque, commentaire, nota, notas, comentario, comentarios"""),
    "customer_name": column(_l("Name of the customer"), "text", """customer, customer name, name, full name,
        buyer, klant, klantnaam, naam, kunde, kundenname, name des kunden, client, nom du client, nom complet,
        cliente, nombre del cliente, nombre completo"""),
    "first_name": column(_l("First name"), "text", """first name, customer first name, firstname, voornaam,
        vorname, prenom, nombre"""),
    "last_name": column(_l("Last name"), "text", """last name, customer last name, lastname, surname,
        achternaam, nachname, nom, nom de famille, apellido, apellidos"""),
    "company": column(_l("Company"), "text", """company, company name, bedrijf, bedrijfsnaam, firma,
        unternehmen, firmenname, societe, entreprise, empresa"""),
    "vat_id": column(_l("VAT number"), "text", """vat number, vat id, tax id, btw nummer, btwnummer, ust id, ust
        idnr, umsatzsteuer id, numero de tva, no tva, nif, cif, numero de iva"""),
    "buyer_reference": column(_l("Buyer reference"), "text", """buyer reference, your reference, leitweg id, uw
        referentie, kauferreferenz, ihre referenz, reference de l acheteur, votre reference, su referencia"""),
    "purchase_order": column(_l("Buyer’s order number"), "text", """purchase order, purchase order number, po number,
        po, inkoopordernummer, inkooporder, bestellnummer des kunden, bon de commande, orden de compra"""),
    "email": column(_l("Email"), "email", """email, e mail, email address, customer email, billing email, mail,
        emailadres, e mailadres, e mail adresse, email adresse, courriel, adresse e mail, adresse email, correo,
        correo electronico"""),
    "phone": column(_l("Phone"), "text", """phone, phone number, telephone, tel, customer phone, mobile,
        telefoon, telefoonnummer, telefon, telefonnummer, handy, numero de telephone, telefono, movil"""),
    "language": column(_l("Language"), "text", "language, locale, taal, sprache, langue, idioma"),
    "line_name": column(_l("Product"), "text", """item name, product name, product, products, items,
        lineitem name, line item name, item, title, description, product title, item title, productnaam,
        artikel, artikelnaam, omschrijving, produkt, artikelname, artikelbezeichnung, bezeichnung, produktname,
        produit, nom du
        produit, article, designation, producto, nombre del producto, articulo, descripcion"""),
    "line_sku": column(_l("SKU"), "text", """sku, item sku, product sku, lineitem sku, article number, item
        number, product code, artikelnummer, artikelcode, artikelnr, reference, reference produit, referencia,
        codigo"""),
    "line_variant": column(_l("Variant"), "text", """variant, variation, product variation, options, item
        options, variante, variantnaam, ausfuhrung, declinaison, variacion, opciones"""),
    "line_quantity": column(_l("Quantity"), "amount", """quantity, qty, item qty, item quantity, lineitem quantity,
        amount ordered, units, aantal, hoeveelheid, menge, anzahl, stuckzahl, quantite, qte, cantidad, uds,
        unidades"""),
    "line_price": column(_l("Unit price"), "amount", """price, unit price, item price, item cost, lineitem
        price, price each, stukprijs, prijs, prijs per stuk, eenheidsprijs, einzelpreis, preis, stuckpreis,
        prix, prix unitaire, precio, precio unitario"""),
    "line_total": column(_l("Total of the line"), "amount", """line total, item total, row total, order line
        total, line amount, regeltotaal, regelbedrag, totaal regel, positionssumme, zeilensumme, gesamtpreis,
        total ligne, montant ligne, total linea, importe linea"""),
    "line_discount": column(_l("Discount on the line"), "amount", """line discount, item discount, lineitem
        discount, regelkorting, positionsrabatt, remise ligne, descuento linea"""),
    "line_tax": column(_l("Tax on the line"), "amount", """line tax, item tax, order line tax, item total tax,
        lineitem tax, regel btw, btw regel, mwst position, tva ligne, iva linea"""),
    "line_tax_rate": column(_l("Tax rate of the line"), "amount", """tax rate, vat rate, vat percentage, item
        tax rate, tax percent, tax perc, vat perc, btw tarief, btw percentage, btw perc, mwst satz, mwst perc,
        tva perc, iva perc, steuersatz, ust satz, taux de tva, taux tva, tipo de iva, porcentaje iva"""),
}  # fmt: skip

#: The parts of an address, and what headers call them beside a word for "billing" or "shipping".
PARTS: dict[str, Column] = {
    "name": column(_l("Name"), "text", "name, full name, naam, nom, nombre"),
    "first_name": COLUMNS["first_name"],
    "last_name": COLUMNS["last_name"],
    "company": COLUMNS["company"],
    "street": column(_l("Street"), "text", """street, address, address 1, address1, address line 1, address 1 2,
        street address, adres, straat, adresregel 1, strasse, strase, anschrift, adresse, adresse 1, rue, calle,
        direccion, direccion 1"""),
    "house_number": column(_l("House number"), "text", """house number, house no, housenumber, house nr, street
        number, huisnummer, huisnr, hausnummer, hausnr, haus nr, numero de rue, numero de voie, numero de calle,
        numero de casa"""),
    "house_extension": column(_l("Number extension"), "text", """number extension, house number extension, house
        extension, number suffix, house number suffix, house number addition, number addition, toevoeging,
        huisnummer toevoeging, huisnummertoevoeging, toevoeging huisnummer, huisnr toevoeging, bus, busnummer,
        hausnummerzusatz, hausnummer zusatz, zusatz hausnummer, hausnr zusatz, complement de numero, complement du
        numero, indice de repetition, extension de numero, extension del numero, complemento del numero"""),
    "street2": column(_l("Second line of the street"), "text", """address 2, address2, address line 2, street 2,
        adres 2, adresregel 2, adrestoevoeging, adresszusatz, adresse 2, complement d adresse, direccion 2"""),
    "postcode": column(_l("Postcode"), "text", """postcode, postal code, zip, zip code, zipcode, plz,
        postleitzahl, code postal, codigo postal, cp"""),
    "city": column(_l("City"), "text", """city, town, plaats, woonplaats, stad, ort, stadt, ville, ciudad,
        poblacion, localidad"""),
    "region": column(_l("Region"), "text", """state, province, region, state code, provincie, regio, bundesland,
        provinz, departement, provincia, estado provincia"""),
    "country": column(_l("Country"), "country", """country, country code, land, landcode, landercode, pays, code pays,
        pais"""),
    "phone": COLUMNS["phone"],
}  # fmt: skip

SIDES = {
    "billing": (
        "billing", "bill to", "invoice", "factuur", "rechnung", "rechnungs", "rechnungsadresse",
        "factuuradres", "facturation", "facturacion",
    ),
    "shipping": (
        "shipping", "ship to", "delivery", "verzend", "verzending", "bezorg", "aflever", "liefer", "lieferung",
        "versand", "lieferadresse", "afleveradres", "bezorgadres", "verzendadres", "livraison", "envio", "entrega",
    ),
}  # fmt: skip

#: Parts that belong to the billing address where no side is named; a name or company is the customer's then.
ANY_SIDE = ("street", "house_number", "house_extension", "street2", "postcode", "city", "region", "country")

SIDE_TITLES = {"billing": _l("Billing address"), "shipping": _l("Shipping address")}

COLUMNS |= {f"{side}_{part}": column for side in SIDES for part, column in PARTS.items()}

#: Without these no order can be read; a product or a total has to be there as well.
REQUIRED = ("number", "placed_at")


def words(name: str) -> str:
    """A header or name in bare words: "Straße (Lieferung):" -> "strasse lieferung"."""
    folded = name.replace("%", " perc ").casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def words_apart(name: str) -> str:
    """The same where words are told apart by capitals: "orderDate" -> "order date"."""
    return words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def title_of(field: str) -> str:
    """What a field is called on screen, with its side: "Billing address: City"."""
    side = field.partition("_")[0]
    title = str(COLUMNS[field].title)
    return f"{SIDE_TITLES[side]}: {title}" if side in SIDES and field.removeprefix(f"{side}_") in PARTS else title


@cache
def known_names() -> dict[str, dict[str, float]]:
    """The fields that a header of exactly these words may be, each with how likely that is, from 0 to 1."""
    found: dict[str, dict[str, float]] = {}
    for place, (field, one) in enumerate(COLUMNS.items()):
        for rank, name in enumerate(dict.fromkeys(sided_names(field, one))):
            found.setdefault(name, {})[field] = 1 - min(rank, 40) / 400 - place / 10_000
    return found


def sided_names(field: str, column: Column) -> list[str]:
    """What a column may be called: a part of an address with its side before or after it."""
    side, _underscore, part = field.partition("_")
    if side not in SIDES or part not in PARTS:
        return list(column.names)
    ways = ("{side} {name}", "{name} {side}", "{side}{name}")
    sided = [way.format(side=word, name=name) for word in SIDES[side] for name in column.names for way in ways]
    return sided + (list(column.names) if side == "billing" and part in ANY_SIDE else [])
