"""Once a month the leader hears what changed, what to stop and what is missing."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from balai import notify
from balai.auth import Member
from balai.db import TenantSession
from balai.evidence import words
from balai.evidence.models import VerdictRow
from balai.evidence.pages import lines, looks
from balai.evidence.verdicts import services
from balai.tenancy import Tenant
from balai.web.formats import rupiah
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

TEMPLATE: Final = "evidence.monthly"
_MOST: Final = 5

notify.register(
    TEMPLATE,
    _l("Manfaat bulan ini: %(summary)s"),
    _l("%(words)s\n\nLihat dan putuskan: %(link)s"),
    {
        "summary": "2 untuk dihentikan", "words": "Hentikan: Pusat Kendali (Rp2.400.000.000).",
        "link": "https://bandung.contoh.id/kelola/manfaat",
    },
    audience="staff",
)  # fmt: skip


def tell_leaders(session: TenantSession, tenant: Tenant, link: str) -> int:
    """One message to everybody with the role leader; answers to how many. Nothing while there is no verdict."""
    rows = services.this_month(session)
    leaders = [m for m in session.scalars(select(Member).where(Member.active)) if "leader" in m.roles]
    if not rows or not leaders or tenant.kind != "region":
        return 0
    stop = [row for row in rows if row.action == "stop"]
    data = {
        "summary": _("%(n)s untuk dihentikan", n=len(stop)),
        "words": "\n".join(said(session, rows, stop)),
        "link": link,
    }
    for leader in leaders:
        notify.send(session, channel=notify.IN_APP, to=None, template=TEMPLATE, data=data, member=leader.id)
    return len(leaders)


def said(session: TenantSession, rows: Sequence[VerdictRow], stop: Sequence[VerdictRow]) -> list[str]:
    """The sentences: changed, stop, unanswered, missing."""
    before = services.latest(session, before=rows[0].month)
    told = []
    changed = [row for row in rows if row.subject in before and before[row.subject].verdict != row.verdict]
    if changed:
        shown = [f"{row.title} ({words.VERDICTS[row.verdict][0]})" for row in changed[:_MOST]]
        told.append(_("Berubah: %(names)s.", names=", ".join(shown)))
    if stop:
        shown = [f"{row.title} ({rupiah(lines.line(row).cost or 0)})" for row in stop[:_MOST]]
        told.append(_("Hentikan: %(names)s.", names=", ".join(shown)))
    unanswered = [row.title for row in rows if row.bad_since is not None and not row.answer]
    if unanswered:
        told.append(_("Belum Anda jawab: %(names)s.", names=", ".join(unanswered[:_MOST])))
    missing = [label for label, _url in looks.missing(session)]
    if missing:
        told.append(_("Belum diisi: %(names)s.", names=", ".join(missing)))
    return told or [_("Tidak ada yang berubah bulan ini.")]
