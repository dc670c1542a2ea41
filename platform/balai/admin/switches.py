"""`/kelola/layanan-daerah`: which groups of services this region has on, what they hold about people, and the switch itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, cases, plugins
from balai.contracts import PersonalData, PluginState, Sector, Stage
from balai.db import TenantSession
from balai.errors import Conflict, Invalid
from balai.tenancy import Tenant
from balai.web.i18n import gettext as _
from balai.web.i18n import language
from balai.web.i18n import lazy_gettext as _l

STATES: Final[dict[PluginState, tuple[Any, str]]] = {
    PluginState.ON: (_l("Aktif"), "good"),
    PluginState.CLOSING: (_l("Sedang ditutup"), "warn"),
    PluginState.BLOCKED: (_l("Menunggu penilaian dampak"), "bad"),
    PluginState.OFF: (_l("Tidak aktif"), ""),
}
SECTORS: Final[dict[Sector, Any]] = {
    Sector.AIR: _l("Air"), Sector.SAMPAH: _l("Sampah"), Sector.ENERGI: _l("Energi"), Sector.KEAMANAN: _l("Keamanan"),
    Sector.BENCANA: _l("Bencana"), Sector.ADMINISTRASI: _l("Administrasi"), Sector.MOBILITAS: _l("Mobilitas"),
    Sector.KELAYAKAN: _l("Kelayakan hunian"), Sector.EKONOMI: _l("Ekonomi"),
}  # fmt: skip
STAGES: Final[dict[Stage, Any]] = {
    Stage.BASIC: _l("Layanan dasar"),
    Stage.MOBILITY: _l("Mobilitas"),
    Stage.LIVABILITY: _l("Kelayakan hunian"),
    Stage.BESIDE: _l("Pendamping"),
}
HISTORY: Final = 20
MOST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One group of services as its card shows it; services are their titles, running counts unfinished reports."""

    name: str
    title: str
    summary: str
    version: str
    state: PluginState
    sector: Any
    stage: Any
    personal_data: tuple[PersonalData, ...]
    services: tuple[str, ...]
    dpia_needed: bool
    dpia: str | None
    running: int

    @property
    def label(self) -> Any:
        """The state in words."""
        return STATES[self.state][0]

    @property
    def kind(self) -> str:
        """The state's badge."""
        return STATES[self.state][1]

    @property
    def steps(self) -> tuple[PluginState, ...]:
        """What it can be switched to now."""
        if self.state is PluginState.ON:
            return (PluginState.CLOSING, PluginState.OFF) if self.running else (PluginState.OFF, PluginState.CLOSING)
        if self.state is PluginState.CLOSING:
            return (PluginState.ON,) if self.running else (PluginState.ON, PluginState.OFF)
        return (PluginState.ON,)


def lines(session: TenantSession) -> list[Line]:
    """Every installed group of services, those that are on first."""
    order = list(STATES)
    found = [_line(item) for item in plugins.overview(session)]
    return sorted(found, key=lambda line: (order.index(line.state), line.title))


def line(session: TenantSession, name: str) -> Line | None:
    """One group by its name, None when it isn't installed here."""
    return next((found for found in lines(session) if found.name == name), None)


def history(session: TenantSession, name: str | None = None) -> Sequence[audit.AuditEntry]:
    """The latest switches, of one group or of all."""
    subject = ("plugin", name) if name else None
    return audit.entries(session, action="plugin.switched", subject=subject, limit=HISTORY)


def switch_to(session: TenantSession, tenant: Tenant, name: str, to: PluginState, reason: str) -> PluginState:
    """Switch and answer the state it has then; raises Invalid with field `reason` for everything that speaks against it."""
    reason = " ".join(reason.split())
    if len(reason) > MOST_REASON:
        raise Invalid.field("reason", _("Paling panjang %(most)s huruf.", most=MOST_REASON))
    try:
        return plugins.switch(session, tenant, name, to, reason=reason)
    except Conflict as conflict:
        raise Invalid.field("", conflict.detail or conflict.title) from conflict


def note_decision(session: TenantSession, found: Line, to: PluginState, reason: str, *, member_id: UUID | None) -> None:
    """A switch is a decision: written down as one, so that the reports and ideas which led to it can be named."""
    kind = "service_on" if to is PluginState.ON else "service_off"
    title = {
        PluginState.ON: _("Layanan dibuka: %(title)s", title=found.title),
        PluginState.CLOSING: _("Layanan ditutup bertahap: %(title)s", title=found.title),
    }.get(to) or _("Layanan ditutup: %(title)s", title=found.title)
    person = cases.Person("staff", member_id=member_id)
    cases.record_decision(
        session, kind=kind, subject=f"plugin:{found.name}", title=title[:160], reason=reason, person=person
    )


def unannounced(session: TenantSession, name: str) -> Sequence[cases.Decision]:
    """Its switches whose reports and ideas can still be named before people are told."""
    query = select(cases.Decision).where(
        cases.Decision.subject == f"plugin:{name}", cases.Decision.announced_at.is_(None)
    )
    return session.scalars(query.order_by(cases.Decision.decided_at.desc()).limit(3)).all()


def consequences(found: Line, to: PluginState) -> list[str]:
    """What will happen, sentence by sentence, for the page that asks once more."""
    if to is PluginState.ON:
        told = [_("Warga langsung melihat layanan ini dan bisa mengirim laporan atau permohonan.")]
        if found.state is PluginState.CLOSING:
            return told
        if found.personal_data:
            told.append(_("Data pribadi yang tertulis di bawah mulai disimpan."))
        if found.dpia_needed and not found.dpia:
            told.append(_("Layanan ini baru aktif setelah penilaian dampak perlindungan data dicatat."))
        return told
    if to is PluginState.CLOSING:
        return [
            _("Warga tidak bisa lagi mengirim laporan baru di sini; halamannya menjelaskan itu."),
            _("Laporan yang sedang berjalan tetap diurus sampai selesai, dengan pesan dan tenggatnya."),
            _("Begitu yang terakhir selesai, layanan ini menjadi tidak aktif dengan sendirinya."),
        ]
    return [
        _("Halaman, menu, dan pekerjaan otomatis layanan ini hilang seketika, juga untuk petugas."),
        _("Datanya tetap tersimpan dan tetap bisa diunduh."),
        _("Warga tetap bisa melacak laporan lama dengan kodenya."),
    ]


def _line(item: plugins.Switchable) -> Line:
    manifest = item.plugin.manifest
    assert manifest is not None  # noqa: S101 - overview lists installed plugins, which have one
    return Line(
        name=item.plugin.name,
        title=_in_language(manifest.titles),
        summary=_in_language(manifest.summary),
        version=manifest.version,
        state=item.state,
        sector=SECTORS[manifest.sector],
        stage=STAGES[manifest.stage],
        personal_data=_personal_data(item.plugin),
        services=tuple(_in_language(service.titles) for service in item.plugin.brought.services),
        dpia_needed=manifest.dpia,
        dpia=item.dpia,
        running=item.running,
    )


def _personal_data(plugin: plugins.Plugin) -> tuple[PersonalData, ...]:
    """What switching it on means: its own data, what its forms ask for, and what every report holds."""
    services = plugin.brought.services
    asked = tuple(
        PersonalData(field.label, field.personal.purpose, field.personal.basis, field.personal.retention_days)
        for service in services
        for field in service.fields
        if field.personal is not None
    )
    spine = plugins.manager().get("cases") if services else None
    return tuple(
        dict.fromkeys((*plugin.brought.personal_data, *asked, *(spine.brought.personal_data if spine else ())))
    )


def _in_language(texts: Mapping[str, str]) -> str:
    return texts.get(language()) or texts["id"]
