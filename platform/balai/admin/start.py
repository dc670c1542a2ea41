"""`/kelola` of a region: what waits for the reader, and for a new region the few steps until its first answer."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from balai import plugins
from balai.admin import profile, queries
from balai.auth import Principal
from balai.db import TenantSession
from balai.tenancy import Tenant
from balai.web.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up: where it is done, whether it is done, whether this reader may do it."""

    title: str
    text: str
    url: str
    done: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class Start:
    """What the start page shows; waiting is None for members who don't work on reports."""

    waiting: queries.Waiting | None
    steps: tuple[Step, ...]

    @property
    def left(self) -> int:
        """Steps still open."""
        return sum(not step.done for step in self.steps)


def start(session: TenantSession, tenant: Tenant, principal: Principal, units: frozenset[UUID]) -> Start:
    """Everything for the start page of this member."""
    working = principal.may("cases.work") and principal.member_id is not None
    waiting = queries.waiting(session, principal.member_id, units) if working and principal.member_id else None
    setting_up = principal.may("members.manage") or principal.may("plugins.switch")
    return Start(waiting, steps(session, tenant, principal) if setting_up else ())


def steps(session: TenantSession, tenant: Tenant, principal: Principal) -> tuple[Step, ...]:
    """The setup list of a region. Each step ticks itself off when what it asks for is there."""
    own = profile.read_profile(session)
    admin, switcher = principal.may("members.manage"), principal.may("plugins.switch")
    look_saved = bool(own.settings.get(profile.LOOK_SAVED))
    listed: list[tuple[str, str, str, Any, bool]] = [
        (
            _("Nama, warna, dan kontak"),
            _("Supaya warga tahu ini halaman daerahnya."),
            "/kelola/daerah",
            look_saved,
            admin,
        ),
        (_("Lambang daerah"), _("Gambar lambang di kepala setiap halaman."), "/kelola/daerah", own.crest_file, admin),
        (
            _("Petugas"),
            _("Undang orang yang menjawab laporan."),
            "/kelola/petugas",
            queries.staff_count(session) > 1,
            admin,
        ),
        (
            _("Unit dan kepalanya"),
            _("Bagi tugas: siapa menerima laporan apa."),
            "/kelola/unit",
            queries.has_led_unit(session),
            admin,
        ),
        (
            _("Layanan dinyalakan"),
            _("Pilih layanan yang dipakai warga di sini."),
            "/kelola/layanan-daerah",
            plugins.open_plugins(tenant),
            switcher,
        ),
        (
            _("Laporan pertama dijawab"),
            _("Kirim satu laporan percobaan, lalu jawab."),
            "/kelola/laporan",
            queries.has_answered(session),
            principal.may("cases.work"),
        ),
    ]
    return tuple(Step(title, text, url, bool(done), mine) for title, text, url, done, mine in listed)
