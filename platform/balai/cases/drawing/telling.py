"""Leaders learn that a decision waits for them; the officer learns what was decided."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import notify
from balai.auth import Member
from balai.auth.permissions import catalogue as permissions
from balai.cases.drawing.models import Drawing
from balai.db import TenantSession
from balai.web.i18n import lazy_gettext as _l

_SAMPLE: Final = {
    "service": "Peminjaman kendaraan dinas",
    "words": "Sudah dicoba, mohon diterbitkan.",
    "link": "/kelola/layanan/susun",
}
_TEXTS: Final = {
    "asked": (
        _l("Menunggu keputusan Anda: %(service)s"),
        _l("Petugas meminta layanan ini diterbitkan. %(words)s\n%(link)s"),
    ),
    "refused": (_l("Dikembalikan pimpinan: %(service)s"), _l("%(words)s\n%(link)s")),
    "published": (_l("Sudah terbit: %(service)s"), _l("Layanan ini berlaku mulai sekarang.\n%(link)s")),
}

for _name, (_subject, _body) in _TEXTS.items():
    notify.register(f"drawing.{_name}", _subject, _body, _SAMPLE, audience="staff")


def leaders(session: TenantSession) -> list[UUID]:
    """Active members who may publish."""
    roles = {key for key, role in permissions().roles.items() if "services.publish" in role.permissions}
    found = session.execute(select(Member.id, Member.roles).where(Member.active))
    return [row.id for row in found if roles & set(row.roles)]


def tell(session: TenantSession, drawing: Drawing, what: str, people: Iterable[UUID | None], words: str = "") -> None:
    """A message in the console's bell."""
    link = f"/kelola/layanan/susun/{drawing.id}/terbit"
    data = {"service": drawing.title, "words": words, "link": link}
    for member_id in {p for p in people if p}:
        notify.send(session, channel=notify.IN_APP, to=None, template=f"drawing.{what}", data=data, member=member_id)
