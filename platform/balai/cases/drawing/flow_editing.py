"""Changes to the path of the service on the drawing board: states, steps between them, and what happens by itself."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from balai.cases.documents import MESSAGES, STEP_DEMANDS
from balai.cases.drawing.editing import Typed, row_at
from balai.cases.drawing.flows import flow
from balai.cases.drawing.naming import key_of
from balai.contracts import EVENT_NAMES, OUTCOMES
from balai.errors import FieldError, Invalid
from balai.web.i18n import gettext as _

PERMISSIONS: Final = ("cases.work", "cases.assign", "cases.file_for", "cases.reveal")
EFFECTS: Final = ("none", "changed", "returned", "refused", "approved")
WAITS: Final = ("staff", "citizen", "other")
_MOST = {"states": 40, "transitions": 120, "timers": 40}


def begin_with(document: dict[str, Any], key: str) -> str:
    """Take one of the ready-made paths instead of the present one."""
    chosen = flow(key)
    if chosen is None:
        raise Invalid.field("flow", _("Pilih salah satu alur."))
    document["workflow"] = deepcopy(chosen.workflow)
    return _("Alur “%(flow)s” dipilih", flow=chosen.label)


def add_row(document: dict[str, Any], what: str) -> list[dict[str, Any]]:
    """The list of states, transitions or timers, with room for one more."""
    rows: list[dict[str, Any]] = document["workflow"].setdefault(what, [])
    if len(rows) >= _MOST[what]:
        raise Invalid.field("label", _("Paling banyak %(most)s. Hapus yang tidak perlu dulu.", most=_MOST[what]))
    return rows


def put_state(document: dict[str, Any], index: int | None, given: Mapping[str, Any]) -> str:
    """A state of the path; index None: a new one."""
    typed = Typed(given)
    label = typed.text("label", required=True)
    outcome = typed.one_of("outcome", ("", *OUTCOMES))
    waits = typed.one_of("waits_for", WAITS, "staff")
    slot = typed.text("slot_new", most=40) or typed.text("slot", most=40)
    days = typed.number("sla_days")
    typed.done()
    rows = add_row(document, "states") if index is None else document["workflow"]["states"]
    if index is None:
        rows.append({"key": key_of(label, {s["key"] for s in rows}, fallback="keadaan"), "sla_days": None})
        index = len(rows) - 1
    state = row_at(rows, index)
    state.update(label=label, outcome=outcome or None, waits_for="staff" if outcome else waits)
    state["slot"] = key_of(slot, (), fallback="petugas") if slot and not outcome else None
    state["sla_days"] = days if not outcome and waits != "citizen" else None
    return _("Keadaan “%(label)s” disimpan", label=label)


def drop_state(document: dict[str, Any], index: int) -> str:
    """A state goes, and with it the steps and timers that led to it or from it."""
    path = document["workflow"]
    gone = row_at(path["states"], index)
    path["states"].pop(index)
    key, kept = gone.get("key"), []
    for step in path["transitions"]:
        sources = [step["from"]] if isinstance(step["from"], str) else step["from"]
        step["from"] = [s for s in sources if s != key]
        if step["from"] and step["to"] != key:
            kept.append(step)
    path["transitions"] = kept
    left = {s["key"] for s in kept} | {"remind", "escalate"}
    path["timers"] = [t for t in path.get("timers", []) if t["state"] != key and t["do"] in left]
    return _("Keadaan “%(label)s” dihapus bersama langkah-langkahnya", label=gone.get("label", ""))


def choose_start(document: dict[str, Any], given: Mapping[str, Any]) -> str:
    """Where a new case begins."""
    typed = Typed(given)
    document["workflow"]["start"] = typed.one_of("start", [s["key"] for s in document["workflow"]["states"]])
    typed.done()
    return _("Keadaan awal dipilih")


def put_step(document: dict[str, Any], index: int | None, given: Mapping[str, Any]) -> str:
    """A step between states; index None: a new one."""
    typed, path = Typed(given), document["workflow"]
    states = [s["key"] for s in path["states"]]
    label = typed.text("label", required=True)
    sources = [key for key in typed.several("from") if key in states]
    if not sources:
        typed.errors.append(FieldError("from", _("Pilih paling sedikit satu.")))
    events = [f"event:{name}" for name in sorted(EVENT_NAMES)]
    asked = {f["key"] for f in document.get("fields", [])} | STEP_DEMANDS
    values = {
        "to": typed.one_of("to", states),
        "by": typed.one_of("by", ("staff", "citizen", "timer", *events), "staff"),
        "permission": typed.one_of("permission", PERMISSIONS, "cases.work"),
        "demands": [key for key in dict.fromkeys(typed.several("demands")) if key in asked],
        "message": typed.one_of("message", ("", *sorted(MESSAGES))) or None,
        "effect": typed.one_of("effect", EFFECTS, "none"),
        "optional": typed.ticked("optional"),
    }
    typed.done()
    rows = add_row(document, "transitions") if index is None else path["transitions"]
    if index is None:
        taken = {t["key"] for t in rows} | {"remind", "escalate"}
        rows.append({"key": key_of(label, taken, fallback="langkah")})
        index = len(rows) - 1
    row_at(rows, index).update(values, label=label, **{"from": sources})
    return _("Langkah “%(label)s” disimpan", label=label)


def put_timer(document: dict[str, Any], given: Mapping[str, Any]) -> str:
    """What happens by itself after some working days."""
    typed, path = Typed(given), document["workflow"]
    values = {
        "state": typed.one_of("timer_state", [s["key"] for s in path["states"]]),
        "after_days": typed.number("after_days"),
        "do": typed.one_of(
            "do", ["remind", "escalate", *(t["key"] for t in path["transitions"] if t.get("by") == "timer")]
        ),
    }
    if values["after_days"] is None:
        typed.errors.append(FieldError("after_days", _("Tulis berapa hari kerja.")))
    typed.done()
    add_row(document, "timers").append(values)
    return _("Pengingat ditambahkan")
