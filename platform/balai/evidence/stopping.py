"""Stop what a verdict speaks of, by one click with a reason: a service, its plugin when nothing else of it is on, or the payment
for an app. Everything that was kept stays, and stays exportable.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from balai import audit, cases, plugins
from balai.cases import Case, catalogue
from balai.cases.models import ServiceSetting
from balai.contracts import PluginState, ServiceState
from balai.db import TenantSession
from balai.errors import Conflict, Invalid, NotFound
from balai.evidence.models import KnownApp, VerdictRow
from balai.evidence.verdicts.services import APP, judged
from balai.web.i18n import gettext as _

LEAST, MOST = 3, 300


def set_service(session: TenantSession, service_id: str, state: ServiceState, until: date | None = None) -> None:
    """Put a single service into a state, as on its own page. until: last day of a trial."""
    setting = catalogue.setting_of(session, service_id)
    if setting is None:
        setting = ServiceSetting(service_id=service_id, sla={}, texts={}, steps_off=[], extra_fields={})
        session.add(setting)
    before = setting.state or ServiceState.ON.value
    setting.state, setting.trial_until = state.value, until
    session.flush()
    changed = {"before": {"state": before}, "after": {"state": state.value}}
    audit.record(session, "service.changed", subject_kind="service", subject_id=service_id, data=changed)


def stop(session: TenantSession, verdict_id: UUID, reason: str, *, by: UUID | None) -> str:
    """Stop it and write the decision down; answers its title. Raises NotFound, and Invalid with field `alasan` for everything
    that speaks against it.
    """
    # Two people who click at once stop it once.
    row = session.scalars(select(VerdictRow).where(VerdictRow.id == verdict_id).with_for_update()).first()
    if row is None:
        raise NotFound
    words = " ".join(reason.split())
    if not LEAST <= len(words) <= MOST:
        raise Invalid.field(
            "alasan", _("Tulis alasannya dalam %(least)s sampai %(most)s huruf.", least=LEAST, most=MOST)
        )
    try:
        subject = _stop_app(session, row) if row.subject.startswith(APP) else _stop_service(session, row, words)
    except Conflict as refused:
        raise Invalid.field("alasan", refused.detail or refused.title) from refused
    title = _("Dihentikan: %(title)s", title=row.title)[:160]
    person = cases.Person("staff", member_id=by)
    cases.record_decision(session, kind="service_off", title=title, reason=words, subject=subject, person=person)
    audit.record(session, "evidence.stopped", subject_kind="verdict", subject_id=row.subject, data={"reason": words})
    # It is decided: the list of this month no longer asks for it. Earlier months keep what was said of it.
    session.delete(row)
    session.flush()
    return row.title


def pay_on(session: TenantSession, app_id: UUID) -> None:
    """An app that was stopped is paid for all the same. Raises NotFound."""
    app = _app(session, app_id)
    app.stopped = False
    session.flush()
    audit.record(session, "evidence.app_resumed", subject_kind="sheet", subject_id="aplikasi", data={"name": app.name})


def _stop_app(session: TenantSession, row: VerdictRow) -> str:
    app = _app(session, UUID(row.subject.removeprefix(APP)))
    app.stopped = True
    session.flush()
    return f"app:{app.id}"


def _app(session: TenantSession, app_id: UUID) -> KnownApp:
    found = session.scalars(select(KnownApp).where(KnownApp.id == app_id)).first()
    if found is None:
        raise NotFound
    return found


def _stop_service(session: TenantSession, row: VerdictRow, reason: str) -> str:
    service = catalogue.service(session, row.subject)
    on = [one for one in judged(session) if one.owner == service.owner]
    if service.id not in {one.id for one in on}:
        raise Conflict(_("Layanan ini sudah dihentikan."), slug="sudah-dihentikan")
    running = _running(session, service.id)
    if service.owner == catalogue.DRAWN or len(on) > 1:
        set_service(session, service.id, ServiceState.CLOSING if running else ServiceState.OFF)
        return f"service:{service.id}"
    left = plugins.running(session, service.owner)
    to = PluginState.CLOSING if left else PluginState.OFF
    plugins.switch(session, catalogue.tenant_of(session), service.owner, to, reason=reason)
    return f"plugin:{service.owner}"


def _running(session: TenantSession, service_id: str) -> int:
    query = select(func.count()).where(
        Case.tenant_id == session.tenant_id,
        Case.service_id == service_id,
        Case.closed_at.is_(None),
        Case.is_test.is_(False),
    )
    return session.scalar(query) or 0
