"""The drawing board's front page, and what a service is: title, summary, for whom. The other tabs are beside this module."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.auth import require
from balai.cases import catalogue, second_check, wording
from balai.cases.drawing import checking, editing, overrides, services
from balai.cases.drawing.board import address, attempt, blueprint, drawing_of, either, member, names_of, page, save
from balai.cases.drawing.flows import FLOWS
from balai.cases.drawing.models import Drawing
from balai.cases.drawing.words import audiences, checkers, sectors, states_of_drawings, visibilities
from balai.web import Form
from balai.web.i18n import gettext as _

_MOST_TEXT = 300_000


@blueprint.get("/layanan/susun")
@either
def board() -> Response:
    """Everything on the board, and the ways to begin something new."""
    return _board(Form.of({"audience": "public", "flow": "jawab"}))


def _board(form: Form) -> Response:
    session, who = db.session(), auth.signed_in()
    found = services.drawings(session)
    names = names_of(d.asked_by for d in found)
    lines: list[dict[str, Any]] = [
        {"drawing": d, "state": states_of_drawings()[d.state], "asker": names.get(d.asked_by, "")} for d in found
    ]
    offered = [wording.localise(s) for s in catalogue.services(session, audience=None, every=True)]
    return web.render_form(
        "cases/drawing/board_list.html",
        form,
        waiting=[line for line in lines if line["drawing"].state == "asked"],
        lines=[line for line in lines if line["drawing"].state != "asked"],
        may_draw=who.may("services.draw"),
        audiences=audiences(),
        flows=[(f.key, f.label, f.text) for f in FLOWS],
        copies=sorted((s.id, s.title) for s in offered),
        shipped=sorted((s.id, s.title) for s in offered if s.owner != catalogue.DRAWN),
    )


def _opened(make: Any) -> AnyResponse:
    made: list[Drawing] = []
    answer = attempt(lambda: made.append(make()), back="", again=_board)
    return redirect(address(made[0]), 303) if made else answer


@blueprint.post("/layanan/susun")
@require("services.draw")
def begin() -> AnyResponse:
    """A new service."""
    given = request.form
    return _opened(
        lambda: services.begin(
            db.session(),
            title=given.get("title", ""),
            flow_key=given.get("flow", ""),
            audience=given.get("audience", ""),
            member=member(),
        )
    )


@blueprint.post("/layanan/susun/salin")
@require("services.draw")
def copy() -> AnyResponse:
    """A copy of a service that is there."""
    given = request.form
    return _opened(
        lambda: services.copy(
            db.session(), given.get("copy_of", ""), title=given.get("copy_title", ""), member=member()
        )
    )


@blueprint.post("/layanan/susun/ubah")
@require("services.draw")
def change_shipped() -> AnyResponse:
    """This region's changes to a plugin's service."""
    return _opened(lambda: services.change_shipped(db.session(), request.form.get("change_of", ""), member=member()))


@blueprint.post("/layanan/susun/baca")
@require("services.draw")
def bring() -> AnyResponse:
    """From a file, or from what was pasted."""
    upload = request.files.get("file")
    text = request.form.get("text", "")
    if upload is not None and upload.filename:
        text = upload.stream.read(_MOST_TEXT * 4 + 1).decode("utf-8", "replace")
    form_text = Form.of({"text": text[: _MOST_TEXT + 1]})

    def again(form: Form) -> Response:
        form.values.setlist("text", [form_text.value("text")])
        return _board(form)

    made: list[Drawing] = []
    answer = attempt(lambda: made.append(services.bring(db.session(), text, member=member())), back="", again=again)
    if not made:
        return answer
    missing = len(checking.notes(made[0]))
    if missing:
        web.flash(_("Dokumen dibaca. Masih ada %(num)s hal yang perlu diperbaiki.", num=missing), "warn")
    return redirect(address(made[0]), 303)


@blueprint.get("/layanan/susun/<uuid:drawing_id>")
@either
def opened(drawing_id: UUID) -> AnyResponse:
    """Where one goes on: the first tab, or the decision that waits."""
    drawing = drawing_of(drawing_id)
    first = "/umum" if drawing.kind == "new" else "/ubah"
    draws = auth.signed_in().may("services.draw")
    return redirect(address(drawing, "/terbit" if drawing.state == "asked" or not draws else first), 303)


@blueprint.get("/layanan/susun/<uuid:drawing_id>/dokumen.yaml")
@either
def document(drawing_id: UUID) -> Response:
    """The document as a file."""
    drawing = drawing_of(drawing_id)
    answer = Response(services.as_yaml(drawing), mimetype="application/yaml")
    name = drawing.service_id.partition(".")[2]
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return answer


@blueprint.get("/layanan/susun/<uuid:drawing_id>/umum")
@require("services.draw")
def basics(drawing_id: UUID) -> Response:
    """What the service is."""
    drawing = drawing_of(drawing_id)
    return _basics(drawing_id, Form.of(_basic_values(drawing.document)))


@blueprint.post("/layanan/susun/<uuid:drawing_id>/umum")
@require("services.draw")
def change_basics(drawing_id: UUID) -> AnyResponse:
    """Keep it, and go on to the form."""
    given = request.form
    back = address(drawing_of(drawing_id), "/formulir")
    return save(
        drawing_id, lambda d: editing.change_basics(d, given), back=back, again=lambda form: _basics(drawing_id, form)
    )


def _basics(drawing_id: UUID, form: Form) -> Response:
    drawing = drawing_of(drawing_id)
    if drawing.kind != "new":
        return page("rules", drawing, form, "ubah", **_rules_context(drawing))
    return page(
        "basics", drawing, form, "umum", sectors=sectors(), audiences=audiences(), visibilities=visibilities(),
        checkers=checkers(drawing.document),
    )  # fmt: skip


def _basic_values(document: dict[str, Any]) -> dict[str, Any]:
    fee, group = document.get("fee") or {}, document.get("target_group") or {}
    values = {
        k: document.get(k, "") for k in ("sector", "audience", "visibility", "legal_basis", "topic", "reopen_days")
    }
    return values | {
        "title": document["titles"]["id"],
        "title_en": document["titles"].get("en", ""),
        "summary": document.get("summary", {}).get("id", ""),
        "documents": "\n".join(document.get("documents", [])),
        "anonymous": "ya" if document.get("anonymous") else "",
        "second_check": document.get("second_check", "none"),
        "check_days": document.get("check_days", ""),
        "fee_amount": fee.get("amount", ""),
        "fee_per": fee.get("per", ""),
        "target_label": group.get("label", ""),
        "target_people": group.get("population", ""),
    }


@blueprint.get("/layanan/susun/<uuid:drawing_id>/ubah")
@require("services.draw")
def rules(drawing_id: UUID) -> Response:
    """Of a plugin's service: deadlines, texts, optional steps."""
    drawing = drawing_of(drawing_id)
    if drawing.kind == "new":
        return _basics(drawing_id, Form.of(_basic_values(drawing.document)))
    document, service = drawing.document, overrides.shipped(drawing.service_id)
    values: dict[str, Any] = {
        f"text.{name}": document["texts"].get(name, own) for name, _w, own in overrides.texts_of(service)
    }
    values |= {f"sla.{s.key}": document["sla"].get(s.key, s.sla_days or "") for s in service.workflow.states}
    values |= {
        f"step.{t.key}": "ya" for t in service.workflow.transitions if t.optional and t.key not in document["steps_off"]
    }
    changed = overrides.applied(service, document)
    values |= {"reopen_days": changed.reopen_days, "check_days": second_check.days_of(changed)}
    return page("rules", drawing, Form.of(values), "ubah", **_rules_context(drawing))


@blueprint.post("/layanan/susun/<uuid:drawing_id>/ubah")
@require("services.draw")
def change_rules(drawing_id: UUID) -> AnyResponse:
    """Keep them."""
    given, drawing = request.form, drawing_of(drawing_id)
    service = overrides.shipped(drawing.service_id)
    return save(
        drawing_id,
        lambda d: overrides.change_rules(d, service, given),
        back=address(drawing, "/formulir"),
        again=lambda form: page(
            "rules", drawing_of(drawing_id), form, "ubah", **_rules_context(drawing_of(drawing_id))
        ),
    )


def _rules_context(drawing: Drawing) -> dict[str, Any]:
    service = overrides.shipped(drawing.service_id)
    return {
        "states": [s for s in service.workflow.states if s.outcome is None and s.waits_for != "citizen"],
        "texts": overrides.texts_of(service),
        "optional": [t for t in service.workflow.transitions if t.optional],
        "service": service,
        "check_days": second_check.days_of(service),
        "settings": f"/kelola/layanan/{service.owner}/{service.key}/atur",
    }
