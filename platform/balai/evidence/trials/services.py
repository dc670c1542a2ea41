"""Announce, start, stop and decide trials. A trial that nobody decides about ends on its day, and everything is as before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, cases, plugins
from balai.cases import catalogue, units
from balai.clock import now
from balai.contracts import PluginState, ServiceState
from balai.db import TenantSession
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.evidence.models import Trial
from balai.evidence.stopping import set_service
from balai.evidence.trials import queries
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

MEASURES: Final = {
    "asked": (_l("Berapa kali diminta"), "up"), "completed": (_l("Persen yang selesai ditangani"), "up"),
    "days": (_l("Hari kerja sampai separuh selesai"), "down"),
}  # fmt: skip
STATES: Final = {
    "announced": (_l("diumumkan"), "info"), "running": (_l("berjalan"), "brand"), "kept": (_l("diteruskan"), "good"),
    "stopped": (_l("berhenti"), ""),
}  # fmt: skip
LEAST_DAYS, MOST_DAYS = 14, 366
_LEAST_REASON, _MOST_REASON = 10, 2000
_MOST_CAP: Final = 10_000_000_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be tried, as typed. kind: service, plugin or unit; other: the unit that takes over (kind unit)."""

    kind: str
    subject: str
    measure: str
    target: str
    cost_cap: str
    ends_on: str
    reason: str
    unit: UUID | None = None
    other: UUID | None = None


def trials(session: TenantSession) -> Sequence[Trial]:
    """All trials, the newest first."""
    return session.scalars(select(Trial).order_by(Trial.published_at.desc(), Trial.id.desc())).all()


def find(session: TenantSession, trial_id: UUID) -> Trial:
    """One trial, locked; NotFound."""
    query = select(Trial).where(Trial.id == trial_id).with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def announce(session: TenantSession, wish: Wish, *, by: UUID | None) -> Trial:
    """Publish a trial; it starts the next day. Raises Invalid, Conflict when one of the same subject is on."""
    errors: list[FieldError] = []
    calendar = units.calendar(session)
    today = calendar.today(now())
    title, before = _subject(session, wish, errors)
    target, cap = _number(wish.target, "target", errors), _rupiah(wish.cost_cap, errors)
    if wish.measure not in MEASURES:
        errors.append(FieldError("ukuran", _("Pilih salah satu.")))
    ends = _day(wish.ends_on, today, errors)
    reason = " ".join(wish.reason.split())
    if not _LEAST_REASON <= len(reason) <= _MOST_REASON:
        errors.append(FieldError("alasan", _("Tulis untuk apa uji coba ini, paling sedikit satu kalimat.")))
    if errors:
        raise Invalid(errors)
    if any(t.subject == wish.subject and t.state in {"announced", "running"} for t in trials(session)):
        raise Conflict(_("Uji coba untuk ini sudah berjalan."), slug="sudah-diuji-coba")
    midnight = datetime.combine(today, time(), calendar.zone)
    base = queries.result(session, wish.subject, midnight - timedelta(days=365), midnight)[wish.measure]
    trial = Trial(
        kind=wish.kind, subject=wish.subject, title=title, measure=wish.measure, target=target, base=base, cost_cap=cap,
        reason=reason, starts_on=today + timedelta(days=1), ends_on=ends, state="announced", published_at=now(), before=before,
        by_member=by, end_reason="",
    )  # fmt: skip
    session.add(trial)
    session.flush()
    _decision(session, trial, _("Uji coba diumumkan: %(title)s", title=title), reason, by)
    audit.record(session, "evidence.trial_announced", subject_kind="trial", subject_id=trial.id)
    return trial


def _subject(session: TenantSession, wish: Wish, errors: list[FieldError]) -> tuple[str, dict[str, Any]]:
    """Title of what is tried, and what is to be put back afterwards."""
    if wish.kind == "plugin":
        plugin = plugins.manager().get(wish.subject)
        if plugin is None or plugin.manifest is None:
            raise NotFound
        if plugins.state(catalogue.tenant_of(session), wish.subject) is not PluginState.OFF:
            errors.append(FieldError("layanan", _("Layanan ini sudah aktif.")))
        return plugin.manifest.titles["id"], {}
    service = catalogue.service(session, wish.subject)
    if wish.kind == "service":
        setting = catalogue.setting_of(session, service.id)
        return service.title, {"state": setting.state if setting else "on"}
    if wish.kind != "unit" or wish.unit is None:
        raise NotFound
    unit = units.unit(session, wish.unit)
    slots = [slot for slot in service.slots if units.unit_for(session, service.id, slot).id == unit.id]
    if not slots:
        errors.append(FieldError("layanan", _("Unit ini tidak ada di jalan layanan itu.")))
    if wish.other is None or wish.other == wish.unit:
        errors.append(FieldError("pengganti", _("Pilih unit lain yang mengambil alih.")))
    elif not units.unit(session, wish.other).active:
        errors.append(FieldError("pengganti", _("Unit ini sudah tidak dipakai.")))
    mapped = units.slots(session, service.id)
    before = {
        "slots": {slot: str(mapped[slot]) if slot in mapped else "" for slot in slots},
        "other": str(wish.other or ""),
    }
    return _("%(service)s tanpa %(unit)s", service=service.title, unit=unit.name), before


def _number(raw: str, field: str, errors: list[FieldError]) -> Decimal:
    try:
        found = Decimal(raw.strip().replace(",", "."))
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 < found <= 10**9:
        errors.append(FieldError(field, _("Tulis angka lebih dari nol.")))
        return Decimal(0)
    return found


def _rupiah(raw: str, errors: list[FieldError]) -> int:
    plain = raw.strip().replace(".", "") or "0"
    if not plain.isdecimal() or len(plain) > 15 or int(plain) > _MOST_CAP:  # noqa: PLR2004 - more than any budget
        errors.append(FieldError("batas_biaya", _("Tulis rupiah bulat, atau 0 bila tanpa biaya.")))
        return 0
    return int(plain)


def _day(raw: str, today: date, errors: list[FieldError]) -> date:
    try:
        found = date.fromisoformat(raw)
    except ValueError:
        found = today
    if not today + timedelta(days=LEAST_DAYS) <= found <= today + timedelta(days=MOST_DAYS):
        errors.append(
            FieldError(
                "sampai", _("Uji coba berlangsung %(least)s sampai %(most)s hari.", least=LEAST_DAYS, most=MOST_DAYS)
            )
        )
    return found


def run_due(session: TenantSession) -> None:
    """Start what begins today, stop what is over or has cost more than it may. The nightly job calls this."""
    today = units.calendar(session).today(now())
    for known in trials(session):
        if known.state == "announced" and known.starts_on <= today:
            start(session, find(session, known.id))
        elif known.state == "running":
            trial = find(session, known.id)
            spent = queries.spent(session, trial.subject, today.year)
            if trial.cost_cap and spent > trial.cost_cap:
                stop(session, trial, _("Biayanya melewati batas."))
            elif trial.ends_on < today:
                stop(session, trial, _("Waktunya habis dan pimpinan tidak memutuskan lain."))


def start(session: TenantSession, trial: Trial) -> None:
    """Switch on what is tried; a trial that can't start is stopped with the reason."""
    tenant = catalogue.tenant_of(session)
    try:
        with session.begin_nested():
            if trial.kind == "plugin":
                reason = _("Uji coba sampai %(day)s.", day=trial.ends_on.isoformat())
                plugins.switch(session, tenant, trial.subject, PluginState.ON, reason=reason, actor=audit.SYSTEM)
            elif trial.kind == "service":
                set_service(session, trial.subject, ServiceState.TRIAL, trial.ends_on)
            else:
                _map(session, trial, dict.fromkeys(trial.before["slots"], trial.before["other"]))
    except (Conflict, Invalid, NotFound) as fault:
        trial.state, trial.ended_at, trial.end_reason = "stopped", now(), str(fault.detail or fault.title)
        return
    trial.state, trial.started_at = "running", now()
    session.flush()


def stop(session: TenantSession, trial: Trial, reason: str, *, by: UUID | None = None) -> None:
    """Put everything back as it was, and write down what was reached."""
    if trial.state == "running":
        _note_result(session, trial)
        tenant = catalogue.tenant_of(session)
        if trial.kind == "plugin" and plugins.state(tenant, trial.subject) is PluginState.ON:
            plugins.switch(session, tenant, trial.subject, PluginState.CLOSING, reason=reason, actor=audit.SYSTEM)
        elif trial.kind == "service" and _on_trial(session, trial.subject):
            set_service(session, trial.subject, ServiceState.CLOSING)
        elif trial.kind == "unit":
            _map(session, trial, trial.before["slots"])
    _end(session, trial, "stopped", reason, by)


def decide(session: TenantSession, trial_id: UUID, *, keep: bool, reason: str, by: UUID | None) -> Trial:
    """The leader ends a trial before its day: goes on for good, or stops now. Raises Invalid, Conflict, NotFound."""
    trial, words = find(session, trial_id), " ".join(reason.split())
    if trial.state not in {"announced", "running"}:
        raise Conflict(_("Uji coba ini sudah selesai."), slug="sudah-selesai")
    if not _LEAST_REASON <= len(words) <= _MOST_REASON:
        raise Invalid.field("alasan", _("Tulis alasan keputusan ini, paling sedikit satu kalimat."))
    if keep and trial.state != "running":
        raise Invalid.field("alasan", _("Uji coba ini belum dimulai."))
    if not keep:
        stop(session, trial, words, by=by)
        return trial
    _note_result(session, trial)
    if trial.kind == "service":
        set_service(session, trial.subject, ServiceState.ON)
    _end(session, trial, "kept", words, by)
    return trial


def _end(session: TenantSession, trial: Trial, state: str, reason: str, by: UUID | None) -> None:
    trial.state, trial.ended_at, trial.end_reason = state, now(), reason
    session.flush()
    title = _("Uji coba diteruskan: %(title)s", title=trial.title) if state == "kept" else ""
    _decision(session, trial, title or _("Uji coba berhenti: %(title)s", title=trial.title), reason, by)
    audit.record(session, "evidence.trial_ended", subject_kind="trial", subject_id=trial.id, data={"state": state})


def _note_result(session: TenantSession, trial: Trial) -> None:
    if trial.started_at is not None:
        subject = trial.subject
        trial.result = queries.result(session, subject, trial.started_at, now())[trial.measure]


def reached(trial: Trial) -> bool | None:
    """Whether the target was reached; None while there is no result."""
    if trial.result is None:
        return None
    good = MEASURES[trial.measure][1]
    return trial.result >= trial.target if good == "up" else trial.result <= trial.target


def _on_trial(session: TenantSession, service_id: str) -> bool:
    """Not when somebody has switched it otherwise meanwhile."""
    setting = catalogue.setting_of(session, service_id)
    return setting is not None and setting.state == ServiceState.TRIAL


def _map(session: TenantSession, trial: Trial, slots: Mapping[str, str]) -> None:
    for slot, unit in slots.items():
        units.map_slot(session, trial.subject, slot, UUID(unit) if unit else None)


def _decision(session: TenantSession, trial: Trial, title: str, reason: str, by: UUID | None) -> None:
    person = cases.Person("staff", member_id=by) if by else cases.SYSTEM
    cases.record_decision(
        session, kind="trial", title=title[:160], reason=reason, subject=f"trial:{trial.id}", person=person
    )
