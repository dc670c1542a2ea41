"""Trials: announce one, see how it goes, decide; and the public list."""

from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, plugins
from balai.auth import require, signed_in
from balai.cases import catalogue, units
from balai.contracts import PluginState
from balai.errors import Conflict, Invalid
from balai.evidence.pages.routes import console, portal
from balai.evidence.trials import services
from balai.evidence.trials.services import MEASURES, STATES, Wish
from balai.evidence.verdicts.services import judged
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/manfaat/uji-coba"


@console.get("/uji-coba")
@require("audit.read")
def trials_page() -> Response:
    """All trials with target against result."""
    return render(
        "evidence/trials.html", trials=services.trials(db.session()), states=STATES, measures=MEASURES, reached=services.reached,
        may_decide=signed_in().may("evidence.decide"),
    )  # fmt: skip


@portal.get("/uji-coba")
def trials_public() -> Response:
    """What is tried out here, for everybody, before it starts."""
    return render(
        "evidence/public_trials.html", trials=services.trials(db.session()), states=STATES, measures=MEASURES,
        reached=services.reached,
    )  # fmt: skip


@console.route("/uji-coba/baru", methods=["GET", "POST"])
@require("evidence.decide")
def new_trial() -> AnyResponse:
    """Try a service or a plugin."""
    if request.method == "GET":
        return _form(Form.of({"layanan": request.args.get("layanan", ""), "batas_biaya": "0"}))
    return _announce(None)


@console.route("/uji-coba/unit/<uuid:unit_id>", methods=["GET", "POST"])
@require("evidence.decide")
def without_unit(unit_id: UUID) -> AnyResponse:
    """Try to do without a unit: another one takes over its part."""
    units.unit(db.session(), unit_id)
    if request.method == "GET":
        return _form(Form.of({"batas_biaya": "0", "ukuran": "days"}), unit_id)
    return _announce(unit_id)


def _announce(unit_id: UUID | None) -> AnyResponse:
    session, given = db.session(), request.form
    subject = given.get("layanan", "")
    kind = "unit" if unit_id else "service" if "." in subject else "plugin"
    wish = Wish(
        kind, subject, given.get("ukuran", ""), given.get("target", ""), given.get("batas_biaya", ""), given.get("sampai", ""),
        given.get("alasan", ""), unit_id, _uuid(given.get("pengganti", "")),
    )  # fmt: skip
    try:
        if subject not in dict(_choices(unit_id)):
            raise Invalid.field("layanan", _("Pilih salah satu."))
        services.announce(session, wish, by=signed_in().member_id)
        db.commit()
    except (Invalid, Conflict) as refused:
        session.rollback()
        fault = refused if isinstance(refused, Invalid) else Invalid.field("layanan", refused.detail or refused.title)
        return _form(Form.of(given, fault), unit_id)
    flash(_("Uji coba diumumkan dan mulai besok."))
    return redirect(PAGE, 303)


@console.post("/uji-coba/<uuid:trial_id>/<to>")
@require("evidence.decide")
def decide_trial(trial_id: UUID, to: str) -> AnyResponse:
    """Go on for good, or stop now."""
    session = db.session()
    try:
        if to not in {"teruskan", "hentikan"}:
            raise Invalid.field("alasan", _("Pilih salah satu."))
        services.decide(
            session, trial_id, keep=to == "teruskan", reason=request.form.get("alasan", ""), by=signed_in().member_id
        )
        db.commit()
    except (Invalid, Conflict) as refused:
        session.rollback()
        words = refused.errors[0].message if isinstance(refused, Invalid) else refused.detail or refused.title
        flash(str(words), "warn")
        return redirect(PAGE, 303)
    flash(_("Keputusan disimpan."))
    return redirect(PAGE, 303)


def _uuid(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


def _choices(unit_id: UUID | None) -> list[tuple[str, str]]:
    session = db.session()
    on = judged(session)
    if unit_id is not None:
        return [
            (s.id, s.title) for s in on if any(units.unit_for(session, s.id, slot).id == unit_id for slot in s.slots)
        ]
    off = [
        (p.name, p.manifest.titles["id"])
        for p in plugins.manager().installed
        if p.manifest and plugins.state(catalogue.tenant_of(session), p.name) is PluginState.OFF
    ]
    return [*((s.id, s.title) for s in on), *off]


def _form(form: Form, unit_id: UUID | None = None) -> Response:
    session = db.session()
    form.labels = {
        "layanan": _("Layanan"), "ukuran": _("Diukur dengan"), "target": _("Target"), "batas_biaya": _("Batas biaya"),
        "sampai": _("Berakhir pada"), "alasan": _("Untuk apa"), "pengganti": _("Unit pengganti"),
    }  # fmt: skip
    others = [(str(u.id), u.name) for u in units.all_units(session) if u.id != unit_id]
    return render_form(
        "evidence/trial_form.html", form, choices=_choices(unit_id), measures=[(k, v[0]) for k, v in MEASURES.items()],
        others=others, unit=units.unit(session, unit_id) if unit_id else None,
        here=f"{PAGE}/unit/{unit_id}" if unit_id else f"{PAGE}/baru",
    )  # fmt: skip
