"""The auditor's page: who has access, who got or lost a role, the month's figures, and the head of the audit chain.

Printed and kept elsewhere, its head shows later whether anything before it was rewritten, even by the database's owner.
"""

from datetime import date, datetime, time
from typing import Final

from sqlalchemy import select

from balai import audit
from balai.auth import Member
from balai.cases import units
from balai.clock import now
from balai.db import TenantSession
from balai.evidence.models import AuditAnchor
from balai.evidence.papers.sheet import Paper
from balai.evidence.verdicts import services
from balai.tenancy import Tenant
from balai.web.formats import tanggal, waktu
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

_MOST_MEMBERS: Final = 40
_MOST_CHANGES: Final = 15
_ROLE_ACTS: Final = {
    "member.invited": _l("diundang"), "member.roles_changed": _l("peran diubah"), "member.removed": _l("dikeluarkan"),
    "member.adopted": _l("diterima"),
}  # fmt: skip


def note(session: TenantSession) -> AuditAnchor:
    """Note the head of the chain for the month that has ended; once per month, whoever asks again gets the same."""
    calendar = units.calendar(session)
    month = services.months_back(calendar.today(now()).replace(day=1), 1)
    found = session.scalars(select(AuditAnchor).where(AuditAnchor.month == month)).first()
    if found is None:
        # All that was recorded so far, whatever a batch holds at most.
        while audit.seal_pending(session) is not None:
            pass
        seq, head = audit.head(session)
        found = AuditAnchor(month=month, seq=seq, head=head, made_at=now())
        session.add(found)
        session.flush()
    return found


def draw(session: TenantSession, tenant: Tenant, anchor: AuditAnchor) -> bytes:
    """The page as PDF; long lists are cut until one page holds them."""
    for most in range(_MOST_MEMBERS, 0, -2):
        paper = _draw(session, tenant, anchor, most)
        if paper.page_no() == 1:
            break
    return paper.data()


def _draw(session: TenantSession, tenant: Tenant, anchor: AuditAnchor, most: int) -> Paper:
    paper = Paper(_("Jangkar catatan %(region)s", region=tenant.name), anchor.made_at)
    paper.heading(_("Jangkar catatan kegiatan: %(region)s", region=tenant.name), 15)
    paper.line_of(_("Bulan %(month)s. Cetak, tanda tangani, dan simpan di luar sistem.", month=f"{anchor.month:%m/%Y}"))
    paper.ln(2)
    paper.heading(_("Kepala rantai catatan, nomor %(seq)s", seq=anchor.seq), 11)
    paper.set_font("Courier", "B", 11)
    paper.cell(0, 7, anchor.head, new_x="LMARGIN", new_y="NEXT")
    paper.line_of(f"balai audit verify {tenant.slug} --anchor {anchor.head}", 7.5)
    paper.line_of(_("Perintah ini gagal bila ada yang diubah dari apa yang dicatat sebelum halaman ini."))
    paper.ln(2)
    _access(session, paper, most)
    _changes(session, paper, anchor.month)
    paper.heading(_("Angka bulan itu"), 11)
    rows = services.this_month(session, until=units.calendar(session).today(anchor.made_at))
    told = {key: sum(1 for r in rows if r.action == key) for key in ("stop", "fix", "keep")}
    paper.line_of(
        _("Hentikan %(stop)s, perbaiki %(fix)s, teruskan %(keep)s.", **told)
        + " "
        + _("Dibuat %(at)s.", at=waktu(anchor.made_at))
    )
    return paper


def _access(session: TenantSession, paper: Paper, most: int) -> None:
    members = session.scalars(select(Member).where(Member.active).order_by(Member.name)).all()
    told = _("Yang punya akses pada %(day)s: %(n)s orang", day=tanggal(now()), n=len(members))
    paper.heading(told, 11)
    paper.rows((_("Nama"), _("Peran")), [(m.name, ", ".join(sorted(m.roles))) for m in members[:most]], (70, 110))
    if len(members) > most:
        paper.line_of(_("dan %(n)s orang lagi di halaman Petugas.", n=len(members) - most))


def _changes(session: TenantSession, paper: Paper, month: date) -> None:
    zone = units.calendar(session).zone
    since = datetime.combine(month, time(), zone)
    until = datetime.combine(services.months_back(month, -1), time(), zone)
    found = [
        e
        for e in audit.entries(session, action="member.", since=since, until=until, limit=200)
        if e.action in _ROLE_ACTS
    ]
    paper.heading(_("Perubahan peran: %(n)s", n=len(found)), 11)
    names = {str(m.id): m.name for m in session.scalars(select(Member))}
    rows = [
        (tanggal(e.at), _ROLE_ACTS[e.action], names.get(e.subject_id or "", e.subject_id or ""))
        for e in found[:_MOST_CHANGES]
    ]
    if rows:
        paper.rows((_("Hari"), _("Perbuatan"), _("Petugas")), rows, (40, 60, 80))
    else:
        paper.line_of(_("Tidak ada."))
