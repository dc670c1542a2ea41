"""The record of processing (UU 27/2022 pasal 31), made from what services and plugins declare: nobody keeps it by hand."""

from collections.abc import Iterator
from dataclasses import dataclass

from balai import cases, plugins
from balai.cases.personal.terms import kept
from balai.contracts import Personal, PersonalData
from balai.db import TenantSession
from balai.files.tabular import write_csv
from balai.tenancy import Tenant
from balai.web.i18n import gettext as _

_TYPES = {"nik", "phone", "email"}


@dataclass(frozen=True, slots=True)
class Processing:
    """One line: whose service, which data, for what, on which basis, how long, who sees it, how it is protected."""

    owner: str
    data: str
    purpose: str
    basis: str
    keep: str
    seen_by: str
    protection: str


def record_of(session: TenantSession, tenant: Tenant) -> list[Processing]:
    """Every processing of this region, plugins that are on and services that run here."""
    lines = [_declared(owner, item) for owner, item in _registered(tenant)]
    for service in cases.services(session, audience=None, every=True):
        seen = _("petugas unit penerima; nomor hanya dengan alasan yang dicatat")
        lines += [
            Processing(
                service.title, f.label, f.personal.purpose, f.personal.basis, _kept(f.personal), seen,
                _("terkunci dengan kunci daerah, disamarkan di layar")
                + (_(", dicari lewat sidik") if f.type in _TYPES else ""),
            )
            for f in service.fields
            if f.personal
        ]  # fmt: skip
    return lines


def _registered(tenant: Tenant) -> list[tuple[str, PersonalData]]:
    return [
        (plugin.manifest.titles["id"] if plugin.manifest else "Balai", item)
        for plugin, item in plugins.manager().brought("personal_data")
        if plugins.state(tenant, plugin.name).open
    ]


def _declared(owner: str, item: PersonalData) -> Processing:
    seen, how = _("petugas daerah sesuai perannya"), _("terkunci dengan kunci daerah bila menunjuk orang")
    return Processing(owner, item.category, item.purpose, item.basis, _kept(item), seen, how)


def _kept(about: Personal | PersonalData) -> str:
    return kept(about.retention_days)


def as_csv(lines: list[Processing]) -> Iterator[str]:
    """The record as a sheet."""
    heads = (
        _("Layanan"), _("Data pribadi"), _("Tujuan"), _("Dasar hukum"), _("Masa simpan"), _("Siapa yang melihat"),
        _("Pengamanan"),
    )  # fmt: skip
    return write_csv(heads, ((p.owner, p.data, p.purpose, p.basis, p.keep, p.seen_by, p.protection) for p in lines))
