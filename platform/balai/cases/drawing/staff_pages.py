"""Services for staff: a region's internal administration on the same spine. List, form, own requests; never the portal's."""

from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, cases, db, files, web
from balai.cases import access, acting, catalogue, moving, queries, timeline, tracking, units, viewers, wording
from balai.cases.attachments import shown_files
from balai.cases.codes import CodeError, parse_code
from balai.cases.drawing import asking
from balai.cases.drawing.board import blueprint
from balai.cases.models import Case
from balai.cases.people import Person
from balai.cases.uploads import PURPOSE
from balai.contracts import Service
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

_UPLOADS_PER_HOUR = 200
_MOST_FILES = 5


def _me() -> Person:
    return viewers.citizen(db.session(), sub=auth.signed_in().sub)


@blueprint.get("/layanan-pegawai")
def staff_services() -> Response:
    """What a member can ask for here, and what they asked for."""
    session = db.session()
    offered = [(wording.localise(s), accepted) for s, accepted in cases.offers(session, audience="staff")]
    mine = []
    for row in queries.own_cases(session, _me()):
        rules = wording.localise(cases.rules_of(session, row.service_id, row.service_version))
        if rules.audience == "staff":
            mine.append(
                {"case": row, "title": rules.title, "badge": wording.badge(row, wording.state_label(rules, row.state))}
            )
    return web.render("cases/drawing/staff.html", offered=offered, mine=mine)


def _service(owner: str, key: str) -> Service:
    service = cases.service(db.session(), f"{owner}.{key}")
    if service.audience != "staff":
        raise NotFound
    return service


@blueprint.get("/layanan/<owner>/<key>")
def staff_form(owner: str, key: str) -> Response:
    """The form, or why there is none now."""
    return _form(_service(owner, key), asking.empty_form())


def _form(service: Service, form: Form, kept: Any = None) -> Response:
    session = db.session()
    accepted = cases.accepts(catalogue.tenant_of(session), service, session=session)
    return asking.show_form("staff_form", service, form, kept, accepted=accepted)


@blueprint.post("/layanan/<owner>/<key>")
def send_staff_form(owner: str, key: str) -> AnyResponse:
    """File it."""
    service = _service(owner, key)
    try:
        filed = asking.take(service, is_test=False, again=lambda form, kept: _form(service, form, kept))
    except Conflict:
        db.session().rollback()
        closed = _form(_service(owner, key), Form.of(request.form))
        closed.status_code = 409
        return closed
    if isinstance(filed, Response):
        return filed
    web.flash(_("Permintaan terkirim."))
    return redirect(f"/kelola/permintaan/{filed.code}", 303)


def _own(code: str) -> tuple[Case, Person, Service]:
    session, me = db.session(), _me()
    try:
        case = queries.by_code(session, parse_code(code))
    except CodeError:
        raise NotFound from None
    if case is None or not access.is_reporter(me, case):
        raise NotFound
    rules = cases.rules(session, case)
    if rules.audience != "staff":
        raise NotFound
    return case, me, wording.localise(rules)


@blueprint.get("/permintaan/<code>")
def own_request(code: str) -> Response:
    """One's own request: how far it is, and what one can do."""
    return _request(code, Form.of())


def _request(code: str, form: Form) -> Response:
    session = db.session()
    case, me, service = _own(code)
    entries = timeline.for_reporter(timeline.read(session, case, whole=True))
    named = {u.id: u.name for u in units.all_units(session, active=False)}
    personal = tracking.personal_part(session, case)
    return web.render_form(
        "cases/drawing/own.html", form, case=case, service=service, unit=named.get(case.unit_id, ""),
        badge=wording.badge(case, wording.state_label(service, case.state)),
        moments=[wording.moment(e, service, units=named) for e in entries],
        steps=[(s, service.workflow.transition(s.key).label) for s in moving.steps(session, case, me)],
        answers=wording.answers(service, case, personal, tracking.region_words(session, case.region)),
        demand_label=wording.demand_label,
        attached=[f for several in shown_files(session, case, staff=False).values() for f in several if f["url"]],
    )  # fmt: skip


@blueprint.post("/permintaan/<code>/langkah")
def own_step(code: str) -> AnyResponse:
    """A step that waits for whoever asked: an answer, a withdrawal."""
    case, me, _rules = _own(code)
    step = request.form.get("langkah", "")
    wanted = next((s for s in moving.steps(db.session(), case, me) if s.key == step), None)
    fields = {d: request.form.get(d, "") for d in wanted.demands} if wanted else {}
    return _done(code, lambda: moving.move_case(db.session(), case.id, step, person=me, fields=fields))


@blueprint.post("/permintaan/<code>/berkas")
def own_files(code: str) -> AnyResponse:
    """Add files to an open request of one's own."""
    case, me, _rules = _own(code)
    web.count("cases.upload", allowed=_UPLOADS_PER_HOUR, seconds=3600)
    uploads: list[Any] = [u for u in request.files.getlist("berkas") if u.filename][:_MOST_FILES]

    def keep() -> None:
        if not uploads:
            raise Invalid.field("berkas", _("Pilih berkasnya dulu."))
        session = db.session()
        stored = [
            files.store(session, u.stream, purpose=PURPOSE, filename=u.filename, kinds=files.CITIZEN, field="berkas")
            for u in uploads
        ]
        acting.attach(session, case.id, [f.id for f in stored], person=me)

    return _done(code, keep)


@blueprint.post("/permintaan/<code>/nilai")
def own_rating(code: str) -> AnyResponse:
    """One to five stars."""
    case, me, _rules = _own(code)
    stars = request.form.get("stars", "")
    value, comment = int(stars) if stars in set("12345") else 0, request.form.get("comment", "")
    return _done(code, lambda: acting.rate_case(db.session(), case.id, value, comment, person=me))


def _done(code: str, act: Any) -> AnyResponse:
    try:
        act()
    except Invalid as invalid:
        db.session().rollback()
        return _request(code, Form.of(request.form, invalid))
    except Conflict as conflict:
        db.session().rollback()
        shown = _request(code, Form.of({}, [FieldError("", conflict.detail or conflict.title)]))
        shown.status_code = 409
        return shown
    web.flash(_("Terima kasih, sudah tersimpan."))
    return redirect(f"/kelola/permintaan/{code}", 303)
