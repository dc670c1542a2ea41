"""What a region changes about a plugin's service: kept as differences, so that the plugin's next version keeps them.

A document of kind `changes` holds {"sla": {state: days}, "texts": {"titles.id": ...}, "steps_off": [...], "fields": [...]}
and, where they differ, "reopen_days" and "check_days": what the columns of ServiceSetting hold.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from balai.cases import catalogue
from balai.cases.drawing.editing import Typed
from balai.cases.models import ServiceSetting
from balai.cases.service_settings import read_windows
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import NotFound
from balai.web.i18n import gettext as _

# Keys of the region's own questions begin so: a plugin's next version will hardly bring the same one.
PREFIX = "daerah "
# Working days in which a closed case may be opened again, and in which the second look is taken.
WINDOWS = ("reopen_days", "check_days")


def shipped(service_id: str) -> Service:
    """The service as its plugin ships it; NotFound while the plugin is absent."""
    found = catalogue.registered().get(service_id)
    if found is None:
        raise NotFound
    return found


def present(session: TenantSession, service_id: str) -> dict[str, Any]:
    """The region's changes as they hold now."""
    setting = catalogue.setting_of(session, service_id)
    if setting is None:
        return {"sla": {}, "texts": {}, "steps_off": [], "fields": []}
    extra = (setting.extra_fields or {}).get("fields", [])
    values = {"sla": setting.sla, "texts": setting.texts, "steps_off": setting.steps_off, "fields": extra}
    return deepcopy(values) | {name: days for name in WINDOWS if (days := getattr(setting, name)) is not None}


def applied(service: Service, document: Mapping[str, Any]) -> Service:
    """The service with the changes of a drawing."""
    setting = ServiceSetting(
        service_id=service.id,
        sla=document.get("sla", {}),
        texts=document.get("texts", {}),
        steps_off=document.get("steps_off", []),
        extra_fields={"fields": document.get("fields", [])},
        **{name: document.get(name) for name in WINDOWS},
    )
    return catalogue.changed(service, setting)


def keep(session: TenantSession, service_id: str, document: Mapping[str, Any]) -> None:
    """Let the changes hold from the next case on."""
    setting = catalogue.setting_of(session, service_id)
    if setting is None:
        setting = ServiceSetting(service_id=service_id)
        session.add(setting)
    setting.sla, setting.texts = dict(document.get("sla", {})), dict(document.get("texts", {}))
    setting.steps_off = sorted(document.get("steps_off", []))
    fields = list(document.get("fields", []))
    setting.extra_fields = {"fields": fields} if fields else {}
    setting.reopen_days, setting.check_days = document.get("reopen_days"), document.get("check_days")
    session.flush()


def texts_of(service: Service) -> list[tuple[str, str, str]]:
    """(name, what it is, shipped text) of every text that a region may word anew."""
    rows = [
        ("titles.id", _("Nama layanan"), service.title),
        ("summary.id", _("Ringkasan"), service.summary.get("id", "")),
    ]
    rows += [(f"state.{s.key}", _("Keadaan"), s.label) for s in service.workflow.states]
    for asked in service.fields:
        rows += [
            (f"field.{asked.key}", _("Pertanyaan"), asked.label),
            (f"help.{asked.key}", _("Penjelasan"), asked.help),
        ]
    return rows


def change_rules(document: dict[str, Any], service: Service, given: Mapping[str, Any]) -> str:
    """Deadlines, texts and optional steps; what equals the shipped document is left out."""
    typed = Typed(given)
    sla, texts = {}, {}
    for state in service.workflow.states:
        if state.outcome is None and state.waits_for != "citizen":
            days = typed.number(f"sla.{state.key}")
            if days is not None and days != state.sla_days:
                sla[state.key] = days
    for name, _what, own in texts_of(service):
        text = typed.text(f"text.{name}", most=500 if name.startswith(("summary", "help")) else 200)
        if text and text != own:
            texts[name] = text
    windows = read_windows(service, {name: typed.text(name, most=10) for name in WINDOWS}, typed.errors)
    off = [t.key for t in service.workflow.transitions if t.optional and not typed.ticked(f"step.{t.key}")]
    typed.done()
    for name in WINDOWS:
        document.pop(name, None)
    document.update(sla=sla, texts=texts, steps_off=off, **{n: days for n, days in windows.items() if days is not None})
    return _("Batas waktu, teks, dan langkah diubah")
