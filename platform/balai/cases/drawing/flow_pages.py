"""The path builder: states, steps between them, what happens by itself, which unit takes which slot."""

from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.auth import require
from balai.cases import units
from balai.cases.console import id_of
from balai.cases.drawing import checking, editing, flow_editing, path, services, words
from balai.cases.drawing.board import address, attempt, blueprint, drawing_of, member, page, save, seen
from balai.cases.drawing.flows import FLOWS
from balai.cases.drawing.models import Drawing
from balai.contracts import CHECKER
from balai.errors import NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

_HERE = "/layanan/susun/<uuid:drawing_id>/alur"


def _drawn(drawing_id: UUID) -> Drawing:
    drawing = drawing_of(drawing_id)
    if drawing.kind != "new":
        raise NotFound  # the path of a plugin's service is its plugin's
    return drawing


def _save(drawing_id: UUID, change: services.Change) -> AnyResponse:
    back = address(_drawn(drawing_id), "/alur")
    return save(drawing_id, change, back=back, again=lambda form: _flow(drawing_id, form))


@blueprint.get(_HERE)
@require("services.draw")
def flow(drawing_id: UUID) -> Response:
    """The whole path."""
    drawing = _drawn(drawing_id)
    chosen = {f"slot.{slot}": unit for slot, unit in drawing.units.items()}
    return _flow(drawing_id, Form.of({"start": drawing.document["workflow"]["start"], **chosen}))


def _flow(drawing_id: UUID, form: Form) -> Response:
    drawing, session = _drawn(drawing_id), db.session()
    workflow = drawing.document["workflow"]
    states, steps = workflow["states"], workflow["transitions"]
    checker = [CHECKER] if drawing.document.get("second_check") == CHECKER else []
    slots = list(dict.fromkeys([*(s["slot"] for s in states if s.get("slot")), *checker]))
    timed = [(t["key"], t["label"]) for t in steps if t.get("by") == "timer"]
    return page(
        "flow", drawing, form, "alur", workflow=workflow, path=path.draw(workflow), slots=slots,
        units=[(str(u.id), u.name) for u in units.all_units(session) if not u.is_admin], admin_unit=units.admin_unit(session),
        flows=[(f.key, f.label, f.text) for f in FLOWS], starts=[(s["key"], s["label"]) for s in states if not s.get("outcome")],
        labels={s["key"]: s["label"] for s in states}, doings=words.doings(timed), outcome_names=dict(words.outcomes()),
        waits=words.waits(), wait_names=dict(words.waits()), outcomes=words.outcomes(),
        slot_options=[(s, s.replace("_", " ")) for s in slots],
        open_states=[(s["key"], s["label"]) for s in states if not s.get("outcome")],
        state_options=[(s["key"], s["label"]) for s in states],
    )  # fmt: skip


@blueprint.post(f"{_HERE}/templat")
@require("services.draw")
def begin_with(drawing_id: UUID) -> AnyResponse:
    """Take another ready-made path."""
    key = request.form.get("flow", "")
    return _save(drawing_id, lambda d: flow_editing.begin_with(d, key))


@blueprint.post(f"{_HERE}/mulai")
@require("services.draw")
def choose_start(drawing_id: UUID) -> AnyResponse:
    """Where a new case begins."""
    given = request.form
    return _save(drawing_id, lambda d: flow_editing.choose_start(d, given))


@blueprint.post(f"{_HERE}/keadaan")
@require("services.draw")
def add_state(drawing_id: UUID) -> AnyResponse:
    """A further state."""
    given = request.form
    return _save(drawing_id, lambda d: flow_editing.put_state(d, None, given))


@blueprint.get(f"{_HERE}/keadaan/<int:index>")
@require("services.draw")
def state(drawing_id: UUID, index: int) -> Response:
    """One state."""
    found = _row(_drawn(drawing_id), "states", index)
    names = ("label", "slot", "sla_days", "waits_for", "outcome")
    return _state(drawing_id, index, Form.of({name: found.get(name) or "" for name in names}))


def _state(drawing_id: UUID, index: int, form: Form) -> Response:
    drawing = _drawn(drawing_id)
    found = _row(drawing, "states", index)
    slots = dict.fromkeys(s["slot"] for s in drawing.document["workflow"]["states"] if s.get("slot"))
    return page(
        "state", drawing, form, "alur", state=found, index=index, waits=words.waits(), outcomes=words.outcomes(),
        slot_options=[(s, s.replace("_", " ")) for s in slots],
    )  # fmt: skip


@blueprint.post(f"{_HERE}/keadaan/<int:index>")
@require("services.draw")
def change_state(drawing_id: UUID, index: int) -> AnyResponse:
    """Keep it."""
    given, back = request.form, address(_drawn(drawing_id), "/alur")
    return save(
        drawing_id,
        lambda d: flow_editing.put_state(d, index, given),
        back=back,
        again=lambda form: _state(drawing_id, index, form),
    )


@blueprint.post(f"{_HERE}/keadaan/<int:index>/pindah")
@require("services.draw")
def move_state(drawing_id: UUID, index: int) -> AnyResponse:
    """Up, down, or out with its steps."""
    way = request.form.get("arah", "")

    def change(document: dict[str, Any]) -> str:
        if way == "hapus":
            return flow_editing.drop_state(document, index)
        return editing.move_row(document["workflow"]["states"], index, way)

    return _save(drawing_id, change)


@blueprint.get(f"{_HERE}/langkah")
@require("services.draw")
def new_step(drawing_id: UUID) -> Response:
    """A further step."""
    return _step(drawing_id, None, Form.of({"by": "staff", "permission": "cases.work", "effect": "none"}))


@blueprint.post(f"{_HERE}/langkah")
@require("services.draw")
def add_step(drawing_id: UUID) -> AnyResponse:
    """Keep it."""
    return _put_step(drawing_id, None)


@blueprint.get(f"{_HERE}/langkah/<int:index>")
@require("services.draw")
def step(drawing_id: UUID, index: int) -> Response:
    """One step."""
    found = _row(_drawn(drawing_id), "transitions", index)
    source = found["from"]
    values = {name: found.get(name) or "" for name in ("label", "to", "by", "permission", "message", "effect")}
    values |= {"from": [source] if isinstance(source, str) else source, "demands": found.get("demands", [])}
    return _step(drawing_id, index, Form.of(values | {"optional": "ya" if found.get("optional") else ""}))


@blueprint.post(f"{_HERE}/langkah/<int:index>")
@require("services.draw")
def change_step(drawing_id: UUID, index: int) -> AnyResponse:
    """Keep it."""
    return _put_step(drawing_id, index)


def _put_step(drawing_id: UUID, index: int | None) -> AnyResponse:
    given, back = request.form, address(_drawn(drawing_id), "/alur")
    return save(
        drawing_id,
        lambda d: flow_editing.put_step(d, index, given),
        back=back,
        again=lambda form: _step(drawing_id, index, form),
    )


def _step(drawing_id: UUID, index: int | None, form: Form) -> Response:
    drawing = _drawn(drawing_id)
    workflow, fields = drawing.document["workflow"], drawing.document.get("fields", [])
    found = _row(drawing, "transitions", index) if index is not None else None
    return page(
        "step", drawing, form, "alur", step=found, index=index,
        open_states=[(s["key"], s["label"]) for s in workflow["states"] if not s.get("outcome")],
        state_options=[(s["key"], s["label"]) for s in workflow["states"]],
        movers=words.movers((found or {}).get("by", "")), permissions=words.permissions(), messages=words.messages(),
        effects=words.effects(), demands=[*words.demands(), *((f["key"], f["label"]) for f in fields)],
    )  # fmt: skip


@blueprint.post(f"{_HERE}/langkah/<int:index>/pindah")
@require("services.draw")
def move_step(drawing_id: UUID, index: int) -> AnyResponse:
    """Up, down, or out."""
    way = request.form.get("arah", "")
    return _save(drawing_id, lambda d: editing.move_row(d["workflow"]["transitions"], index, way))


@blueprint.post(f"{_HERE}/pengingat")
@require("services.draw")
def add_timer(drawing_id: UUID) -> AnyResponse:
    """What happens by itself."""
    given = request.form
    return _save(drawing_id, lambda d: flow_editing.put_timer(d, given))


@blueprint.post(f"{_HERE}/pengingat/<int:index>/pindah")
@require("services.draw")
def move_timer(drawing_id: UUID, index: int) -> AnyResponse:
    """Out."""
    way = request.form.get("arah", "")
    return _save(drawing_id, lambda d: editing.move_row(d["workflow"].get("timers", []), index, way))


@blueprint.post(f"{_HERE}/unit")
@require("services.draw")
def choose_units(drawing_id: UUID) -> AnyResponse:
    """Which unit takes which slot."""
    drawing = _drawn(drawing_id)
    chosen = {slot: id_of(request.form.get(f"slot.{slot}")) for slot in checking.service_of(drawing).slots}

    def act() -> None:
        services.set_units(db.session(), drawing_id, chosen, member=member(), seen=seen())
        web.flash(_("Tersimpan."))

    return attempt(act, back=address(drawing, "/alur"), again=lambda form: _flow(drawing_id, form))


def _row(drawing: Drawing, what: str, index: int) -> dict[str, Any]:
    rows: list[dict[str, Any]] = drawing.document["workflow"].get(what, [])
    if not 0 <= index < len(rows):
        raise NotFound
    return rows[index]
