"""Switch a plugin on or off for a region, with a reason; keep what the region sets on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from sqlalchemy import select

from balai import audit
from balai.clock import now
from balai.contracts import PluginState, Refusal
from balai.db import TenantSession, announce
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.plugins import queries
from balai.plugins.gates import manager
from balai.plugins.installed import Plugin
from balai.plugins.models import PluginSetting
from balai.tenancy import Tenant
from balai.words import gettext as _

# Counts an owner's running cases; `cases` stands above this room and puts its own function here.
CountRunning = Callable[[TenantSession, str], int]
_count_running: list[CountRunning] = []


@dataclass(frozen=True, slots=True)
class Switchable:
    """One line of the switch page: the plugin, its state, the recorded assessment, how many of its cases still run."""

    plugin: Plugin
    state: PluginState
    dpia: str | None
    running: int


def count_running_with(count: CountRunning) -> None:
    """Tell this room how to count the running cases of an owner (called once, by `cases`)."""
    _count_running[:] = [count]


def running(session: TenantSession, name: str) -> int:
    """Running cases of this owner; 0 as long as nobody counts."""
    return sum(count(session, name) for count in _count_running)


def overview(session: TenantSession) -> list[Switchable]:
    """All installed plugins with their state in the session's region."""
    states = queries.fresh_states(session)
    dpias = {row.plugin: row.dpia for row in session.scalars(select(PluginSetting))}
    return [
        Switchable(p, states.get(p.name, PluginState.OFF), dpias.get(p.name), running(session, p.name))
        for p in manager().installed
    ]


def switch(
    session: TenantSession, tenant: Tenant, name: str, to: PluginState, *, reason: str, actor: audit.Actor | None = None
) -> PluginState:
    """Switch plugin `name` for `tenant`; answers the state it now has, effective with the next request.

    to: on, closing or off. "on" gives "blocked" while an impact assessment is missing (see `record_dpia`). Raises NotFound for
    a plugin that isn't installed, Invalid without a reason, Conflict when something speaks against it.
    """
    plugin = _installed(name)
    if not reason.strip():
        raise Invalid.field("reason", _("Tuliskan alasannya, satu kalimat sudah cukup."))
    if to is PluginState.BLOCKED:
        raise Invalid.field("state", _("Keadaan ini ditentukan oleh sistem."))
    queries.lock_switches(session)
    states = queries.fresh_states(session)
    before = states.get(name, PluginState.OFF)
    if before is to:
        return to
    if to is PluginState.ON:
        after = _may_open(session, tenant, plugin, states)
    else:
        after = _may_close(session, plugin, states, before, to)
    if after is not before:
        _write(session, name, before, after, reason=reason.strip(), actor=actor)
    return after


def _may_open(session: TenantSession, tenant: Tenant, plugin: Plugin, states: Mapping[str, PluginState]) -> PluginState:
    manifest = plugin.manifest
    if manifest is None:
        raise NotFound
    missing = [n for n in manifest.requires if states.get(n, PluginState.OFF) is not PluginState.ON]
    if missing:
        raise Conflict(_("Aktifkan dulu: %(titles)s.", titles=_titles(missing)), slug="perlu-layanan-lain")
    if manifest.dpia and not _setting(session, plugin.name).dpia:
        return PluginState.BLOCKED
    asked = [name for name, current in states.items() if current.open]
    refusals: list[Refusal] = (
        manager().relay([*asked, plugin.name]).check_enable(tenant=tenant, session=session, plugin=plugin.name)
    )
    if refusals:
        raise Conflict(refusals[0].reason, slug="belum-bisa-diaktifkan")
    return PluginState.ON


def _may_close(
    session: TenantSession,
    plugin: Plugin,
    states: Mapping[str, PluginState],
    before: PluginState,
    to: PluginState,
) -> PluginState:
    dependents = [
        p.name
        for p in manager().installed
        if p.manifest and plugin.name in p.manifest.requires and states.get(p.name, PluginState.OFF).open
    ]
    if dependents:
        raise Conflict(_("Masih dipakai oleh: %(titles)s.", titles=_titles(dependents)), slug="masih-dipakai")
    if to is PluginState.CLOSING and before is not PluginState.ON:
        raise Conflict(_("Hanya layanan yang aktif bisa ditutup bertahap."), slug="tidak-aktif")
    left = running(session, plugin.name) if before.open else 0
    if to is PluginState.OFF and left:
        raise Conflict(
            _(
                'Masih ada %(count)s laporan yang berjalan. Pilih "tutup bertahap" supaya semuanya selesai dulu.',
                count=left,
            ),
            slug="masih-berjalan",
        )
    return to


def finish_closing(session: TenantSession, tenant: Tenant) -> list[str]:
    """Switch off what is closing and has no running case left; answers the names."""
    done = []
    for name, current in queries.fresh_states(session).items():
        if current is PluginState.CLOSING and manager().get(name) and not running(session, name):
            switch(session, tenant, name, PluginState.OFF, reason="Semua laporan sudah selesai.", actor=audit.SYSTEM)
            done.append(name)
    return done


def record_dpia(session: TenantSession, name: str, reference: str, *, actor: audit.Actor | None = None) -> None:
    """Record the region's impact assessment (number and date of the document); a blocked plugin can then be switched on."""
    _installed(name)
    if not reference.strip():
        raise Invalid.field("dpia", _("Tuliskan nomor dan tanggal dokumennya."))
    _setting(session, name).dpia = reference.strip()
    audit.record(
        session,
        "plugin.dpia_recorded",
        subject_kind="plugin",
        subject_id=name,
        data={"reference": reference},
        actor=actor,
    )


def settings(session: TenantSession, name: str) -> dict[str, Any]:
    """What the region set on this plugin; {} when nothing."""
    found = session.scalar(select(PluginSetting).where(PluginSetting.plugin == name))
    return dict(found.values) if found else {}


def save_settings(
    session: TenantSession, name: str, values: Mapping[str, Any], *, actor: audit.Actor | None = None
) -> dict[str, Any]:
    """Replace the region's settings of a plugin; raises Invalid with a JSON pointer per fault of the manifest's schema."""
    plugin = _installed(name)
    schema = plugin.manifest.settings if plugin.manifest else {}
    faults = [
        FieldError("/" + "/".join(str(part) for part in error.absolute_path), error.message)
        for error in Draft202012Validator(schema or {"maxProperties": 0}).iter_errors(dict(values))
    ]
    if faults:
        raise Invalid(faults)
    row = _setting(session, name)
    before, row.values = row.values, dict(values)
    changed = sorted(key for key in {*before, *values} if before.get(key) != values.get(key))
    # The names only: a setting may be a gateway's password (decision 40).
    audit.record(
        session, "plugin.configured", subject_kind="plugin", subject_id=name, data={"changed": changed}, actor=actor
    )
    return dict(values)


def _write(
    session: TenantSession,
    name: str,
    before: PluginState,
    after: PluginState,
    *,
    reason: str,
    actor: audit.Actor | None,
) -> None:
    queries.write_state(session, name, after)
    data = {"from": before.value, "to": after.value, "reason": reason}
    audit.record(session, "plugin.switched", subject_kind="plugin", subject_id=name, data=data, actor=actor)
    announce(session, "plugin_switched", name)


def _installed(name: str) -> Plugin:
    plugin = manager().get(name)
    if plugin is None or plugin.core:
        raise NotFound
    return plugin


def _titles(names: list[str]) -> str:
    plugins = ((name, manager().get(name)) for name in names)
    return ", ".join(p.manifest.titles["id"] if p and p.manifest else name for name, p in plugins)


def _setting(session: TenantSession, name: str) -> PluginSetting:
    found = session.scalar(select(PluginSetting).where(PluginSetting.plugin == name))
    if found is None:
        found = PluginSetting(plugin=name, values={}, updated_at=now())
        session.add(found)
    return found
