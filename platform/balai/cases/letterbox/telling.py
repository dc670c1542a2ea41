"""Whoever inherits work learns of it in the console's bell: one message, however many cases."""

from typing import Final
from uuid import UUID

from balai import notify
from balai.db import TenantSession
from balai.web.i18n import lazy_gettext as _l

_SAMPLE: Final = {"count": "12", "unit": "Unit Penerangan Jalan", "person": "Budi Santoso", "link": "/kelola/laporan"}
_TEXTS: Final = {
    "landed": (
        _l("%(count)s laporan dari %(unit)s"),
        _l(
            "Tidak ada lagi yang bekerja di %(unit)s. %(count)s laporannya sekarang ada di unit admin: bagikan kepada yang bisa"
            " menjawab.\n%(link)s"
        ),
    ),
    "handed_over": (
        _l("Diserahkan kepada Anda: pekerjaan %(person)s"),
        _l("%(count)s laporan yang belum selesai dari %(person)s sekarang menjadi tugas Anda.\n%(link)s"),
    ),
}

for _name, (_subject, _body) in _TEXTS.items():
    notify.register(f"letterbox.{_name}", _subject, _body, _SAMPLE, audience="staff")


def landed(session: TenantSession, head: UUID | None, unit: str, count: int) -> None:
    """The admins' head: a deserted unit's cases are theirs now."""
    _tell(session, "landed", head, unit=unit, count=str(count), link="/kelola/laporan?antrean=unit")


def handed_over(session: TenantSession, to: UUID, person: str, count: int) -> None:
    """The receiver of a hand-over."""
    _tell(session, "handed_over", to, person=person, count=str(count), link="/kelola/laporan?antrean=mine")


def _tell(session: TenantSession, what: str, member: UUID | None, **data: str) -> None:
    if member is not None:
        values = {**_SAMPLE, **data}
        notify.send(session, channel=notify.IN_APP, to=None, template=f"letterbox.{what}", data=values, member=member)
