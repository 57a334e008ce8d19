"""What statuses are called in exports of five languages."""

from __future__ import annotations

from app.intake_readers.csv.fields import words


def split_names(names: str) -> frozenset[str]:
    return frozenset(words(name) for name in names.split(","))


PAID = split_names("""paid, yes, true, 1, x, captured, settled, partially refunded, refunded, processing, completed,
        complete, fulfilled, betaald, ja, terugbetaald, in behandeling, wordt verwerkt, verwerken, afgerond,
        voltooid, bezahlt, erstattet, in bearbeitung, abgeschlossen, fertiggestellt, payé, payée, oui,
        remboursé, remboursée, en cours, terminé, terminée, pagado, pagada, sí, reembolsado, procesando,
        completado""")

NOT_PAID = split_names("""unpaid, not paid, no, false, 0, open, pending, pending payment, awaiting payment,
        authorized, voided, failed, declined, on hold, cancelled, canceled, draft, onbetaald, niet betaald, nee,
        openstaand, in afwachting, wacht op betaling, in de wacht, mislukt, geannuleerd, unbezahlt, nicht
        bezahlt, nein, offen, ausstehend, zahlung ausstehend, wartend, in wartestellung, fehlgeschlagen,
        storniert, impayé, non payé, non payée, non, en attente, en attente de paiement, attente paiement,
        échouée, annulé, annulée, no pagado, pendiente, pendiente de pago, en espera, fallido, cancelado,
        cancelada""")

CANCELLED = split_names("""cancelled, canceled, voided, geannuleerd, storniert, abgebrochen, annulé, annulée,
        cancelado, cancelada, trash""")

HELD = split_names(
    "on hold, holded, held, in de wacht, aangehouden, in wartestellung, zurückgestellt, en attente, en espera"
)

SENT = split_names("""completed, complete, shipped, sent, fulfilled, delivered, afgerond, voltooid, verzonden,
        geleverd, bezorgd, abgeschlossen, fertiggestellt, versendet, versandt, geliefert, terminé, terminée,
        expédié, expédiée, livré, livrée, completado, completada, enviado, enviada, entregado, entregada""")

REFUNDED = split_names("""refunded, terugbetaald, erstattet, rückerstattet, remboursé, remboursée, reembolsado,
        reembolsada""")

FAILED = split_names(
    "failed, declined, mislukt, geweigerd, fehlgeschlagen, abgelehnt, échouée, échoué, refusée, fallido"
)


def says(status: str, meaning: frozenset[str]) -> bool:
    """Whether a status is one of these words; WooCommerce writes wc- before its own."""
    return words(status.removeprefix("wc-")) in meaning
