"""What a region changes about a service: state, deadlines, optional steps. Data, versioned with the next case."""

from collections.abc import Mapping, Sequence
from datetime import date

from balai import audit
from balai.cases import catalogue
from balai.cases.models import ServiceSetting
from balai.cases.second_check import days_of
from balai.contracts import Service, ServiceState
from balai.db import TenantSession
from balai.errors import FieldError, Invalid
from balai.web.i18n import gettext as _

_MOST_DAYS = 1000
_MOST_WINDOW = 250


def original(service: Service) -> Service:
    """The service as its plugin ships it (a drawn one: as drawn)."""
    return catalogue.registered().get(service.id, service)


def save(
    session: TenantSession,
    service: Service,
    *,
    state: str,
    trial_until: date | None,
    sla: Mapping[str, str | int | None],
    steps_off: Sequence[str],
    call_instead: str = "",
    windows: Mapping[str, str | int | None] | None = None,
    texts: Mapping[str, str] | None = None,
) -> ServiceSetting:
    """Keep a region's changes; values equal to the document's own are left out. Raises Invalid.

    windows: "reopen_days" and "check_days" as typed, empty for the document's own; None leaves them as they are.
    """
    shipped = original(service)
    errors: list[FieldError] = []
    if state not in {s.value for s in ServiceState}:
        errors.append(FieldError("state", _("Pilih salah satu.")))
    if state == ServiceState.TRIAL and trial_until is None:
        errors.append(FieldError("trial_until", _("Tulis sampai kapan uji coba berlangsung.")))
    changed = _deadlines(shipped, sla, errors)
    kept = read_windows(shipped, windows, errors) if windows is not None else None
    optional = {t.key for t in shipped.workflow.transitions if t.optional}
    if unknown := set(steps_off) - optional:
        errors.append(
            FieldError("steps_off", _("Langkah ini tidak bisa dimatikan: %(keys)s", keys=", ".join(sorted(unknown))))
        )
    if errors:
        raise Invalid(errors)
    setting = catalogue.setting_of(session, service.id)
    if setting is None:
        setting = ServiceSetting(service_id=service.id, sla={}, texts={}, steps_off=[], extra_fields={})
        session.add(setting)
    before = {"state": setting.state or "on", "sla": dict(setting.sla), "steps_off": list(setting.steps_off)}
    before["windows"] = _windows(setting)
    setting.state, setting.trial_until = state, trial_until
    setting.sla, setting.steps_off = changed, sorted(steps_off)
    if kept is not None:
        setting.reopen_days, setting.check_days = kept["reopen_days"], kept["check_days"]
    setting.call_instead = call_instead.strip()[:40]
    if texts is not None:
        setting.texts = {key: text.strip() for key, text in texts.items() if text.strip()}
    session.flush()
    after = {"state": state, "sla": changed, "steps_off": setting.steps_off, "windows": _windows(setting)}
    audit.record(
        session,
        "service.changed",
        subject_kind="service",
        subject_id=service.id,
        data={"before": before, "after": after},
    )
    return setting


def read_windows(
    shipped: Service, given: Mapping[str, str | int | None], errors: list[FieldError]
) -> dict[str, int | None]:
    """The region's own reopening window and days of the second check, None where they are the document's; faults into errors."""
    own = {"reopen_days": shipped.reopen_days, "check_days": days_of(shipped)}
    kept: dict[str, int | None] = {"reopen_days": None, "check_days": None}
    for name, least in (("reopen_days", 0), ("check_days", 1)):
        text = str(given.get(name) if given.get(name) is not None else "").strip()
        if not text or (name == "check_days" and shipped.second_check == "none"):
            continue
        if not text.isdecimal() or not least <= int(text) <= _MOST_WINDOW:
            errors.append(
                FieldError(name, _("Tulis %(least)s sampai %(most)s hari kerja.", least=least, most=_MOST_WINDOW))
            )
        elif int(text) != own[name]:
            kept[name] = int(text)
    return kept


def _windows(setting: ServiceSetting) -> dict[str, int | None]:
    return {"reopen_days": setting.reopen_days, "check_days": setting.check_days}


def _deadlines(shipped: Service, sla: Mapping[str, str | int | None], errors: list[FieldError]) -> dict[str, int]:
    changed: dict[str, int] = {}
    own = {s.key: s for s in shipped.workflow.states if s.outcome is None and s.waits_for != "citizen"}
    for key, given in sla.items():
        text = str(given or "").strip()
        if key not in own or not text:
            continue
        if not text.isdecimal() or not 1 <= int(text) <= _MOST_DAYS:
            errors.append(FieldError(f"sla.{key}", _("Tulis 1 sampai 1000 hari kerja.")))
        elif int(text) != own[key].sla_days:
            changed[key] = int(text)
    return changed
