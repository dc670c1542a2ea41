"""Which services a region has, as they hold there, and whether one takes new cases right now."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import select

from balai import plugins, tenancy
from balai.cases import queries, second_check, units
from balai.cases.documents import build, build_fields, dump
from balai.cases.models import Case, ServiceSetting, ServiceVersion, Unit
from balai.cases.referral import flow as ways
from balai.clock import now
from balai.contracts import Field, PluginState, Service, ServiceState
from balai.db import TenantSession
from balai.db import session as request_session
from balai.errors import NotFound
from balai.tenancy import Tenant, TenantProfile
from balai.web.i18n import gettext as _

DRAWN: Final = "daerah"
_KEPT: Final = "balai.cases.kept"
_versions: dict[tuple[Any, int, str, int], Service] = {}
_MOST_VERSIONS: Final = 4096
# What is installed changes with a restart only.
_registered: WeakKeyDictionary[plugins.Manager, dict[str, Service]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Whether a service takes new cases. reason: for citizens, empty when open; missing: for the console, what to set right."""

    open: bool
    state: ServiceState
    reason: str = ""
    missing: tuple[str, ...] = ()
    call_instead: str = ""
    unit: Unit | None = None

    @property
    def listed(self) -> bool:
        """Whether the service stands in catalogues at all: only while somebody would read what is sent."""
        return not self.missing


def tenant_of(session: TenantSession) -> Tenant:
    """The session's tenant, read once per session where the request doesn't know it."""
    current = tenancy.current()
    if current is not None and current.id == session.tenant_id:
        return current
    if "balai.tenant" not in session.info:
        session.info["balai.tenant"] = tenancy.queries.tenant_by_id(session, session.tenant_id)
    found: Tenant = session.info["balai.tenant"]
    return found


def level(tenant: Tenant) -> str:
    """Competence level of a region: kabkota or provinsi."""
    return "kabkota" if tenant.region_code and "." in tenant.region_code else "provinsi"


def registered() -> dict[str, Service]:
    """Services that the installed plugins ship, by id, before any region's changes. Don't change the answer."""
    manager = plugins.manager()
    known = _registered.get(manager)
    if known is None:
        known = _registered[manager] = {service.id: service for _plugin, service in manager.brought("services")}
    return known


def services(
    session: TenantSession,
    *,
    audience: str | None = "public",
    every: bool = False,
    known: Mapping[str, ServiceSetting] | None = None,
) -> list[Service]:
    """Services of this region's open plugins and its own drawn ones, with the region's changes.

    audience: public | staff | None for both; every: also those that the region switched off one by one; known: the region's
    settings, when the caller has just read them.
    """
    tenant = tenant_of(session)
    settings = {s.service_id: s for s in session.scalars(select(ServiceSetting))} if known is None else known
    found = [s for s in registered().values() if plugins.state(tenant, s.owner).open and level(tenant) in s.competence]
    found += [build(DRAWN, v.document) for v in queries.newest_versions(session, f"{DRAWN}.")]
    shown = []
    for service in found:
        setting = settings.get(service.id)
        off = setting is not None and setting.state == ServiceState.OFF
        if (audience is None or service.audience == audience) and (every or not off):
            shown.append(changed(service, setting))
    return shown


def service(session: TenantSession, service_id: str) -> Service:
    """The service as it holds here now; NotFound when its plugin is off, it isn't this level's, or there is none."""
    tenant = tenant_of(session)
    owner = service_id.partition(".")[0]
    if owner == DRAWN:
        drawn = queries.newest_version(session, service_id)
        found = build(DRAWN, drawn.document) if drawn else None
    else:
        found = registered().get(service_id)
    if found is None or not _is_offered(tenant, found):
        raise NotFound
    return changed(found, setting_of(session, service_id))


def offered(session: TenantSession, service_id: str) -> Service | None:
    """A shipped service before this region's changes; NotFound when it isn't offered here, None for one that is drawn here."""
    if service_id.startswith(f"{DRAWN}."):
        return None
    found = registered().get(service_id)
    if found is None or not _is_offered(tenant_of(session), found):
        raise NotFound
    return found


def _is_offered(tenant: Tenant, service: Service) -> bool:
    return plugins.state(tenant, service.owner).open and level(tenant) in service.competence


def setting_of(session: TenantSession, service_id: str) -> ServiceSetting | None:
    """This region's row for a service, None while it changed nothing."""
    return session.scalars(select(ServiceSetting).where(ServiceSetting.service_id == service_id)).first()


def changed(service: Service, setting: ServiceSetting | None) -> Service:
    """A service with a region's changes: deadlines, windows, texts, optional steps off, further questions."""
    if setting is None:
        return service
    days = {n: v for n in ("reopen_days", "check_days") if (v := getattr(setting, n)) is not None}
    if not (setting.sla or setting.texts or setting.steps_off or setting.extra_fields or days):
        return service
    texts, flow = setting.texts, service.workflow
    states = tuple(
        replace(s, label=texts.get(f"state.{s.key}", s.label), sla_days=setting.sla.get(s.key, s.sla_days))
        for s in flow.states
    )
    steps = tuple(t for t in flow.transitions if not (t.optional and t.key in setting.steps_off))
    timers = tuple(t for t in flow.timers if t.do in {"remind", "escalate"} or any(s.key == t.do for s in steps))
    return replace(
        service,
        titles=_texts("titles", service.titles, texts),
        summary=_texts("summary", service.summary, texts),
        fields=tuple(_field(f, texts) for f in service.fields) + _extra(service, setting),
        workflow=replace(flow, states=states, transitions=steps, timers=timers),
        **days,
    )


def _extra(service: Service, setting: ServiceSetting) -> tuple[Field, ...]:
    """The region's own questions; one whose key the plugin has taken since is left out."""
    known = {f.key for f in service.fields}
    return tuple(f for f in build_fields((setting.extra_fields or {}).get("fields", ())) if f.key not in known)


def _texts(name: str, given: dict[str, str], texts: dict[str, Any]) -> dict[str, str]:
    return {language: texts.get(f"{name}.{language}", text) for language, text in given.items()}


def _field(field: Field, texts: dict[str, Any]) -> Field:
    return replace(
        field, label=texts.get(f"field.{field.key}", field.label), help=texts.get(f"help.{field.key}", field.help)
    )


def accepts(tenant: Tenant, service: Service, *, session: TenantSession | None = None) -> Acceptance:
    """Whether `service` takes new cases in `tenant` right now; session defaults to the request's."""
    session = session or request_session()
    unit = units.unit_for(session, service.id, first_slot(service))
    lacks = units.missing(session, unit)
    return judge(session, service, setting_of(session, service.id), unit, lacks, tenant=tenant)


def offers(session: TenantSession, *, audience: str | None = "public") -> list[tuple[Service, Acceptance]]:
    """Every service of this region with whether it takes new cases: the same answers as `accepts`, in four queries for all."""
    settings = {s.service_id: s for s in session.scalars(select(ServiceSetting))}
    found = services(session, audience=audience, known=settings)
    receiving = units.units_for(session, [(s.id, first_slot(s)) for s in found])
    lacks = units.missing_in(session, receiving.values())
    return [(s, judge(session, s, settings.get(s.id), unit := receiving[s.id], lacks[unit.id])) for s in found]


def first_slot(service: Service) -> str:
    """The slot that a new case goes to."""
    return service.workflow.state(service.workflow.start).slot or ""


def judge(
    session: TenantSession,
    service: Service,
    setting: ServiceSetting | None,
    unit: Unit,
    missing: list[str],
    *,
    tenant: Tenant | None = None,
) -> Acceptance:
    """`accepts`, for what is known already: the region's setting, the receiving unit and what it lacks."""
    tenant = tenant or tenant_of(session)
    state = ServiceState(setting.state) if setting else ServiceState.ON
    call = (setting.call_instead if setting else "") or unit.phone
    lacks = tuple(missing)
    if plugins.state(tenant, service.owner) is PluginState.CLOSING or state in {ServiceState.CLOSING, ServiceState.OFF}:
        reason = _("Layanan ini sudah ditutup untuk laporan baru.")
        return Acceptance(False, state, reason, lacks, call or _region_phone(session), unit)
    trial_until = setting.trial_until if setting else None
    if state is ServiceState.TRIAL and trial_until and trial_until < units.calendar(session).today(now()):
        reason = _("Masa uji coba layanan ini sudah selesai.")
        return Acceptance(False, state, reason, lacks, call or _region_phone(session), unit)
    if state is ServiceState.PAUSED or missing:
        reason = _("Layanan ini sedang tidak menerima laporan.")
        return Acceptance(False, ServiceState.PAUSED, reason, lacks, call or _region_phone(session), unit)
    return Acceptance(True, state, "", (), call, unit)


def _region_phone(session: TenantSession) -> str:
    return session.scalars(select(TenantProfile.phone)).first() or ""


_digests: dict[str, tuple[Service, str]] = {}


def digest_of(service: Service) -> str:
    """SHA-256 of a service's document; that of a shipped one is remembered."""
    known = _digests.get(service.id)
    if known is not None and known[0] is service:
        return known[1]
    digest = hashlib.sha256(msgspec.json.encode(dump(service), order="sorted")).hexdigest()
    if registered().get(service.id) is service:
        _digests[service.id] = service, digest
    return digest


def current_version(session: TenantSession, service: Service, known: tuple[int, str] | None = None) -> int:
    """Number under which the present rules of a service are kept here; kept now if they are new.

    known: (number, digest) of the newest kept version, when the caller has just read it.
    """
    digest = digest_of(service)
    if known is not None and known[1] == digest:
        return known[0]
    document = dump(service)
    newest = queries.newest_version(session, service.id)
    while newest is None or newest.digest != digest:
        number = max(service.version, newest.version + 1 if newest else 0)
        queries.keep_version(session, service.id, number, digest, document, now())
        session.info[_KEPT] = True
        newest = queries.newest_version(session, service.id)
    return newest.version


def rules(session: TenantSession, case: Case) -> Service:
    """The service as it held when the case began (architecture: a case finishes under the rules that it began with)."""
    return rules_of(session, case.service_id, case.service_version)


def rules_of(session: TenantSession, service_id: str, version: int) -> Service:
    """One kept version of a service. Rows are never changed, so what was read once is remembered by the process."""
    key = (session.database, session.tenant_id, service_id, version)
    found = _versions.get(key)
    if found is None:
        row = session.scalars(
            select(ServiceVersion).where(ServiceVersion.service_id == service_id, ServiceVersion.version == version)
        ).one()
        if len(_versions) >= _MOST_VERSIONS:
            _versions.clear()
        found = ways.with_ways(second_check.with_check(build(service_id.partition(".")[0], row.document)))
        # A version that this very transaction made may still be rolled back, and its number given to another.
        if _KEPT not in session.info:
            _versions[key] = found
    return found


def titles(session: TenantSession, service_ids: Iterable[str]) -> dict[str, str]:
    """Titles of services for a list, also of those whose plugin is absent by now."""
    shipped = registered()
    named = {key: shipped[key].title for key in service_ids if key in shipped}
    for key in set(service_ids) - named.keys():
        version = queries.newest_version(session, key)
        named[key] = version.document["titles"]["id"] if version else key
    return named
