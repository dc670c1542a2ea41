"""What somebody reads who is about to report a dry tap: that it is known already, and until when."""

from typing import Final

from balai.api import FormNote, TenantSession, gettext, moment_text
from balai_water.outages import services, showing
from balai_water.outages.words import HOME, place_words

# Reports of these services may be about an outage that is known.
SERVICES: Final = frozenset({"water.air-mati", "water.air-keruh"})
_NAMED: Final = 3


def form_notes(session: TenantSession, service_id: str) -> list[FormNote]:
    """Up to three running outages, the largest first, and where the others stand."""
    if service_id not in SERVICES:
        return []
    found = services.running(session, limit=_NAMED + 1)
    notes = []
    for outage in found[:_NAMED]:
        back = gettext("belum diketahui")
        if showing.is_late(outage):
            back = gettext("perkiraannya sudah lewat, petugas masih bekerja")
        elif outage.ends_at is not None:
            back = moment_text(outage.ends_at)
        text = gettext(
            "Petugas sudah tahu: air sedang mati di %(places)s. Mengalir lagi: %(back)s. Bila rumah Anda di sana, Anda tidak"
            " perlu melapor.",
            places=place_words(outage.places),
            back=back,
        )
        notes.append(FormNote(text, f"{HOME}/{outage.id}", gettext("Lihat gangguan ini")))
    if len(found) > _NAMED:
        text = gettext("Masih ada gangguan lain yang sudah kami ketahui.")
        notes.append(FormNote(text, HOME, gettext("Lihat semua gangguan air")))
    return notes
