"""*Bukan kewenangan* on the officer's page, and what the reporter says to it on theirs."""

from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, cases, db, web
from balai.auth import require
from balai.cases import access, moving, queries, visitor, wording
from balai.cases.codes import CodeError, parse_code
from balai.cases.console import blueprint, case_of, person
from balai.cases.models import Case
from balai.cases.portal import blueprint as portal
from balai.cases.referral import bodies, flow, questions, receivers, services
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Problem
from balai.web import Form
from balai.web.i18n import gettext as _

_PER_HOUR = 60


@blueprint.get("/laporan/<code>/bukan-kewenangan")
@require("cases.work")
def away(code: str) -> Response:
    """Who is competent instead? Bodies of the list, and services of another region once one is chosen."""
    return _page(case_of(code), Form.of({"langkah": request.args.get("langkah", "")}))


@blueprint.post("/laporan/<code>/bukan-kewenangan")
@require("cases.work")
def hand_on(code: str) -> AnyResponse:
    """Hand it on; or show the services of the region that was chosen, with everything typed so far."""
    from balai.cases.console_acts import seen as row_seen

    case, given = case_of(code), request.form
    if given.get("lihat"):
        return _page(case, Form.of(given))
    fields = {name: given[name] for name in given if name not in {"_kunci", "langkah", "seen", "daerah", "lihat"}}
    fields.setdefault("receiver", "")
    try:
        moving.move_case(
            db.session(), case.id, given.get("langkah", ""), person=person(), fields=fields, seen=row_seen()
        )
        db.commit()
    except Invalid as invalid:
        return _again(code, Form.of(given, _chosen(invalid)))
    except (Conflict, Forbidden) as problem:
        return _again(code, Form.of(given), problem)
    web.flash(_("Pelapor kami tanya dulu.") if case.is_open else _("Diteruskan. Pelapor diberi tahu."))
    return redirect(f"/kelola/laporan/{case.code}", 303)


def _chosen(invalid: Invalid) -> Invalid:
    """Nothing chosen is said in other words than something wrong written."""
    told = _("Pilih siapa yang berwenang.")
    return Invalid(
        [FieldError(e.field, told if e.field == "receiver" and not request.form.get("receiver") else e.message)
         for e in invalid.errors]
    )  # fmt: skip


def _again(code: str, form: Form, problem: Problem | None = None) -> Response:
    db.session().rollback()
    db.session().expire_all()
    if problem is not None:
        web.flash(f"{problem.title}. {problem.detail or ''}", "warn")
    response = _page(case_of(code), form)
    if problem is not None:
        response.status_code = problem.status
    return response


def _page(case: Case, form: Form) -> Response:
    session, who = db.session(), person()
    rules = cases.rules(session, case)
    steps = [s for s in moving.steps(session, case, who) if flow.leads_away(rules, rules.workflow.transition(s.key))]
    step = next((s for s in steps if s.key == form.value("langkah")), steps[0] if steps else None)
    region = receivers.other_region(session, form.value("daerah")) if form.value("daerah") else None
    localised = wording.localise(rules)
    return web.render_form(
        "cases/referral/away.html",
        form,
        case=case,
        service=localised,
        step=step,
        steps=[(s.key, localised.workflow.transition(s.key).label) for s in steps],
        demands=[d for d in step.demands if d != "receiver"] if step else [],
        rules_fields={f.key: f.label for f in localised.fields},
        demand_label=wording.demand_label,
        bodies=[(f"{receivers.BODY}{b.id}", b.name, _about(b)) for b in bodies.offered(session, case)] if step else [],
        regions=[(t.region_code, t.name) for t in receivers.regions(session)] if step else [],
        chosen=region,
        offers=receivers.offers(session, case, rules, region) if region and step else [],
        receivers=receivers,
        waits=flow.is_asked(case.state) or flow.is_sending(case.state),
        may_edit=who.may("services.draw") or who.may("members.manage"),
    )


def _about(body: Any) -> str:
    return " · ".join(filter(None, (body.purpose, body.phone or body.url or body.email or body.address)))


@blueprint.post("/laporan/<code>/izin")
@require("cases.work")
def heard(code: str) -> AnyResponse:
    """Staff write down what the reporter said at the counter, on the phone, in a letter."""
    from balai.cases.console_acts import do
    from balai.cases.console_acts import seen as row_seen

    def act(case: Case) -> None:
        try:
            _answer(case, person(), via=request.form.get("izin_lewat", ""), seen=row_seen())
        except Invalid as invalid:
            raise _named(invalid) from None

    return do(code, act, _("Jawaban pelapor tercatat. Pelapor diberi tahu."))


@blueprint.post("/laporan/<code>/kirim-ulang")
@require("cases.work")
def send_again(code: str) -> AnyResponse:
    """A sending that seems stuck is queued once more."""
    case = case_of(code)
    try:
        services.retry(db.session(), case.id, person=person())
        db.commit()
    except (Conflict, Forbidden) as problem:
        db.session().rollback()
        web.flash(problem.detail or problem.title, "warn")
        return redirect(f"/kelola/laporan/{code}", 303)
    web.flash(_("Kami coba kirim lagi."))
    return redirect(f"/kelola/laporan/{case.code}", 303)


@portal.post("/lacak/<code>/izin")
def answer(code: str) -> AnyResponse:
    """The reporter's yes or no, on their own page."""
    from balai.cases.tracking import _again as back

    case, who = _own(code)
    principal = auth.current()
    try:
        _answer(case, who, via=services.OWN, sub=principal.sub if principal else None)
    except (Invalid, Conflict) as problem:
        return back(case, _named(problem) if isinstance(problem, Invalid) else problem)
    web.flash(_("Terima kasih, jawaban Anda kami catat."))
    return redirect(f"/lacak/{case.code}", 303)


@portal.get("/lacak/<code>/lanjut")
def follow(code: str) -> AnyResponse:
    """On to the same report in the other region, as its reporter."""
    case, _who = _own(code)
    made = questions.sent(db.session(), case)
    link = questions.own_link(db.session(), made) if made else None
    if link is None:
        raise NotFound
    web.personal()
    response = redirect(link, 303)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _answer(case: Case, who: Any, *, via: str, sub: str | None = None, seen: int | None = None) -> None:
    agreed = request.form.get("izin", "")
    if agreed not in {"ya", "tidak"}:
        raise Invalid.field("izin", _("Pilih salah satu."))
    services.answer(
        db.session(), case.id, agreed=agreed == "ya", given=questions.answers_given(request.form), person=who, via=via,
        sub=sub, seen=seen,
    )  # fmt: skip
    db.commit()


def _named(invalid: Invalid) -> Invalid:
    """Faults under the names that the page's fields have."""
    return Invalid([FieldError(questions.FIELDS.get(e.field, e.field), e.message) for e in invalid.errors])


def _own(code: str) -> tuple[Case, Any]:
    web.count("cases.izin", allowed=_PER_HOUR, seconds=3600)
    try:
        found = queries.by_code(db.session(), parse_code(code))
    except CodeError:
        raise NotFound from None
    if found is None:
        raise NotFound
    who = visitor.reporter(found)
    if not access.is_reporter(who, found):
        raise NotFound
    return found, who
