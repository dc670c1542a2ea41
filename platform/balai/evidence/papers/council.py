"""The council's page: three lists with money, the largest needs, the trials. One A4 page, whatever the region is like."""

from collections.abc import Sequence
from typing import Final

from balai.clock import now
from balai.db import TenantSession
from balai.evidence.needs.services import Need, needs
from balai.evidence.pages.lines import Line, could_be_saved, groups
from balai.evidence.papers.sheet import Paper
from balai.evidence.trials import services as trials
from balai.evidence.verdicts import services
from balai.tenancy import Tenant
from balai.web.formats import angka, rupiah, tanggal
from balai.web.i18n import gettext as _

MOST_LINES: Final = 8
MOST_NEEDS: Final = 5
_MOST_REASON: Final = 110


def draw(session: TenantSession, tenant: Tenant) -> bytes:
    """The page as PDF, from the verdicts as they stand; long lists are cut until one page holds them."""
    for most in range(MOST_LINES, 0, -1):
        paper = _draw(session, tenant, most)
        if paper.page_no() == 1:
            break
    return paper.data()


def _draw(session: TenantSession, tenant: Tenant, most: int) -> Paper:
    rows, at = services.this_month(session), now()
    paper = Paper(_("Manfaat layanan %(region)s", region=tenant.name), at)
    paper.heading(_("Manfaat layanan %(region)s", region=tenant.name), 15)
    paper.line_of(
        _(
            "Untuk rapat dewan, %(day)s. Bisa dihemat setahun: %(money)s.",
            day=tanggal(at),
            money=rupiah(could_be_saved(rows)),
        )
    )
    paper.ln(1)
    for group in groups(rows):
        unknown = _(" (%(n)s tanpa data biaya)", n=group.unknown) if group.unknown else ""
        paper.heading(f"{group.title}: {len(group.lines)}, {rupiah(group.cost)}{unknown}", 10.5)
        _lines(paper, group.lines, most)
    _needs(paper, [need for need in needs(session) if need.unmet])
    running = [t for t in trials.trials(session) if t.state in {"announced", "running"}]
    if running:
        paper.heading(_("Uji coba"), 10.5)
        shown = [
            _(
                "%(title)s: %(measure)s, target %(target)s, sampai %(day)s",
                title=t.title,
                measure=str(trials.MEASURES[t.measure][0]).lower(),
                target=angka(float(t.target), 1),
                day=tanggal(t.ends_on),
            )
            for t in running
        ]
        paper.line_of("; ".join(shown[:4]))
    paper.ln(1)
    paper.line_of(
        _(
            "Angka 12 bulan penuh terakhir; aplikasi di luar Balai dilaporkan sendiri. Aturan dan data: /manfaat, /data."
        ),
        7.5,
    )
    return paper


def _lines(paper: Paper, lines: Sequence[Line], most: int) -> None:
    if not lines:
        paper.line_of(_("Tidak ada."))
        return
    shown = [
        (
            one.row.title[:40], str(one.label), _short(one.reasons[0]), "-" if one.cost is None else rupiah(one.cost),
            "-" if one.per_person is None else rupiah(one.per_person),
        )
        for one in lines[:most]
    ]  # fmt: skip
    heads = (_("Layanan atau aplikasi"), _("Penilaian"), _("Sebab"), _("Setahun"), _("Per orang"))
    paper.rows(heads, shown, (42, 28, 66, 28, 22), right=(3, 4))
    if len(lines) > most:
        paper.line_of(_("dan %(n)s lagi, semuanya di /manfaat.", n=len(lines) - most))


def _needs(paper: Paper, found: Sequence[Need]) -> None:
    if not found:
        return
    paper.heading(_("Diminta warga, belum ada layanannya"), 10.5)
    rows = [
        (
            need.topic.label, angka(need.asked), "-" if need.per is None else angka(need.per, 1),
            need.spots[0].name if need.spots else "-",
            f"{angka(need.outlook.expected)} ({angka(need.outlook.low)}-{angka(need.outlook.high)})"
            if need.outlook else _("data belum cukup"),
        )
        for need in found[:MOST_NEEDS]
    ]  # fmt: skip
    heads = (_("Topik"), _("Laporan setahun"), _("Per 10.000 jiwa"), _("Kecamatan terberat"), _("12 bulan ke depan"))
    paper.rows(heads, rows, (50, 32, 32, 44, 40), right=(1, 2, 4))


def _short(text: str) -> str:
    return text if len(text) <= _MOST_REASON else text[: _MOST_REASON - 3].rsplit(" ", 1)[0] + "..."
