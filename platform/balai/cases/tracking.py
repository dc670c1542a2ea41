"""`/lacak`: follow a case by its code; with its link (or signed in) reply, add a photo, rate, reopen."""

from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import billing, cases, db, files, keys, notify, places, web
from balai.cases import access, acting, adding, fees, moving, queries, telling, timeline, units, visitor, wording
from balai.cases.codes import CodeError, parse_code, region_digits
from balai.cases.counter import answering
from balai.cases.models import Case
from balai.cases.outlook import outlook
from balai.cases.people import Person
from balai.cases.portal import blueprint
from balai.cases.referral import flow as ways
from balai.cases.referral import questions
from balai.cases.together import merging
from balai.cases.uploads import PURPOSE
from balai.clock import now
from balai.errors import Conflict, FieldError, Invalid, NotFound, Problem
from balai.web import Form
from balai.web.i18n import gettext as _

# A code has 50 random bits: guessing is hopeless anyway, this keeps machines from trying.
_LOOKUPS_PER_TEN_MINUTES = 600
_NOTES_PER_HOUR = 60


@blueprint.get("/lacak")
def find() -> AnyResponse:
    """The box for a code; `?kode=` leads on."""
    typed = request.args.get("kode", "").strip()
    if not typed:
        return web.render("cases/portal/find.html", form=Form.of(), own=_own())
    try:
        return redirect(f"/lacak/{parse_code(typed)}", 303)
    except CodeError:
        return _unknown(typed)


@blueprint.get("/lacak/<code>")
def show(code: str) -> Any:
    """State and public words for everybody with the code; everything for the reporter."""
    found = _by_code(code)
    if not isinstance(found, Case):
        return found
    secret = request.args.get("kunci")
    if secret is not None:
        answer: Any = redirect(f"/lacak/{found.code}", 303)
        # On this answer only: a page that sends no referrer posts its forms with `Origin: null`.
        answer.headers["Referrer-Policy"] = "no-referrer"
        if visitor.opens(found, secret):
            return visitor.remember(answer, found.code, secret)
        web.flash(_("Tautan ini sudah tidak berlaku. Anda tetap bisa melihat perkembangannya."), "warn")
        return answer
    return _page(found, Form.of())


@blueprint.get("/lacak/<code>/terkirim")
def sent(code: str) -> AnyResponse:
    """Thanks: the code, the link, what happens next and by when."""
    found = _by_code(code)
    if not isinstance(found, Case):
        return found
    secret = visitor.secrets().get(found.code)
    if not visitor.opens(found, secret):
        return redirect(f"/lacak/{found.code}", 303)
    session = db.session()
    service = wording.localise(cases.rules(session, found))
    unit = units.unit(session, found.unit_id).name
    web.personal()
    return web.render(
        "cases/portal/sent.html",
        case=found,
        service=service,
        outlook=outlook(
            found, service, [], units.calendar(session), unit=unit, own=True,
            unit_of=lambda slot: units.unit_for(session, found.service_id, slot).name,
        ),
        link=telling.tracking_url(session, found, secret),
        address=telling.tracking_url(session, found),
        told=bool(found.contact_email or (found.contact_phone and notify.phone_channel())),
    )  # fmt: skip


@blueprint.post("/lacak/<code>/langkah")
def step(code: str) -> AnyResponse:
    """A step of the reporter: reply, "sudah beres", withdraw."""
    case, person = _own_case(code)
    key = request.form.get("langkah", "")
    fields = {name: request.form[name] for name in request.form if name == "reply"}
    try:
        moving.move_case(db.session(), case.id, key, person=person, fields=fields)
    except (Invalid, Conflict) as problem:
        return _again(case, problem)
    web.flash(_("Terima kasih, sudah kami terima."))
    return _back(case)


@blueprint.post("/lacak/<code>/foto")
def photo(code: str) -> AnyResponse:
    """Add photos to an open case."""
    case, person = _own_case(code)
    uploads: list[Any] = [u for u in request.files.getlist("foto") if u.filename][:3]
    web.count("cases.upload", allowed=900, seconds=3600)
    try:
        if not uploads:
            raise Invalid.field("foto", _("Pilih fotonya dulu."))
        kinds: tuple[Any, ...] = ("image",)
        stored = [
            files.store(db.session(), u.stream, purpose=PURPOSE, filename=u.filename, kinds=kinds, field="foto")
            for u in uploads
        ]
        acting.attach(db.session(), case.id, [f.id for f in stored], person=person)
    except (Invalid, Conflict) as problem:
        return _again(case, problem)
    web.flash(_("Foto sudah ditambahkan."))
    return _back(case)


@blueprint.post("/lacak/<code>/keterangan")
def note(code: str) -> AnyResponse:
    """Add a sentence to an open case."""
    case, person = _own_case(code)
    web.count("cases.note", allowed=_NOTES_PER_HOUR, seconds=3600)
    try:
        adding.add_note(db.session(), case.id, request.form.get("note", ""), person=person)
    except (Invalid, Conflict) as problem:
        return _again(case, problem)
    web.flash(_("Keterangan Anda sudah kami terima."))
    return _back(case)


@blueprint.post("/lacak/<code>/nilai")
def rate(code: str) -> AnyResponse:
    """One to five stars for a closed case."""
    case, person = _own_case(code)
    stars = request.form.get("stars", "")
    try:
        value = int(stars) if stars.isdecimal() and len(stars) == 1 else 0
        acting.rate_case(db.session(), case.id, value, request.form.get("comment", ""), person=person)
    except (Invalid, Conflict) as problem:
        return _again(case, problem)
    web.flash(_("Terima kasih atas nilai Anda."))
    return _back(case)


@blueprint.post("/lacak/<code>/buka-lagi")
def reopen(code: str) -> AnyResponse:
    """Not solved after all."""
    case, person = _own_case(code)
    try:
        acting.reopen(db.session(), case.id, request.form.get("reason", ""), person=person)
    except (Invalid, Conflict) as problem:
        return _again(case, problem)
    web.flash(_("Sudah dibuka lagi. Petugas kami beri tahu."))
    return _back(case)


def _by_code(code: str) -> Case | AnyResponse:
    web.count("cases.lookup", allowed=_LOOKUPS_PER_TEN_MINUTES, seconds=600)
    try:
        plain = parse_code(code)
    except CodeError:
        return _unknown(code)
    if plain != code:
        query = request.query_string.decode()
        return redirect(f"/lacak/{plain}" + (f"?{query}" if query else ""), 303)
    found = queries.by_code(db.session(), plain)
    if found is not None and cases.rules(db.session(), found).audience == "staff":
        # What a member asked of their own office is no portal's business; the links in messages lead there.
        return redirect(f"/kelola/permintaan/{plain}", 303)
    return found if found is not None else _unknown(code)


def _own_case(code: str) -> tuple[Case, Person]:
    found = _by_code(code)
    if not isinstance(found, Case):
        raise NotFound
    person = visitor.reporter(found)
    if not access.is_reporter(person, found):
        raise NotFound
    return found, person


def _unknown(code: str) -> Response:
    from balai.tenancy import current

    tenant = current()
    digits = region_digits(tenant.region_code or "") if tenant else ""
    here = code.strip().upper().startswith(digits)
    message = (
        _("Kode ini tidak ada. Periksa lagi, huruf demi huruf.")
        if here
        else _(
            "Kode ini bukan dari daerah ini. Empat angka pertama adalah kode daerah: di sini %(digits)s.", digits=digits
        )
    )
    form = Form.of({"kode": code[:40]}, [FieldError("kode", message)])
    response = web.render("cases/portal/find.html", form=form, own=_own())
    response.status_code = 404
    return response


def _own() -> list[dict[str, Any]]:
    """Cases that this browser holds, to save typing."""
    person = visitor.holder()
    if person.reporter_index is None and not person.holds:
        return []
    web.personal()
    session = db.session()
    return [
        {
            "case": row,
            "label": _label(row),
        }
        for row in queries.own_cases(session, person, limit=10)
        if cases.rules_of(session, row.service_id, row.service_version).audience == "public"
    ]


def _label(row: Any) -> str:
    service = cases.rules_of(db.session(), row.service_id, row.service_version)
    return wording.state_label(wording.localise(service), row.state)


def _page(case: Case, form: Form) -> Response:
    session = db.session()
    person = visitor.reporter(case)
    own = access.is_reporter(person, case)
    service = wording.localise(cases.rules(session, case))
    entries = timeline.read(session, case, whole=own)
    shown = timeline.for_reporter(entries) if own else entries
    named = units.names(session, [e.event.unit for e in shown] + [case.unit_id])
    named |= {u.id: u.name for u in units.all_units(session, active=False)}
    web.personal()
    label = wording.state_label(service, case.state)
    # The shell's `same-origin` keeps the code from other sites. `no-referrer` here would make browsers send `Origin: null`
    # with this page's own forms, and they would be refused.
    return web.render_form(
        "cases/portal/track.html",
        form,
        case=case,
        service=service,
        own=own,
        badge=wording.badge(case, label),
        outlook=outlook(
            case, service, shown, units.calendar(session), unit=named.get(case.unit_id, ""), own=own,
            unit_of=lambda slot: units.unit_for(session, case.service_id, slot).name,
        ),
        moments=[wording.moment(e, service, units=named) for e in shown],
        steps=[
            (s, service.workflow.transition(s.key).label)
            for s in (moving.steps(session, case, person) if own else [])
            if not ways.is_answer(s.key)
        ],
        ask=questions.question(session, case) if own else None,
        sent=questions.sent(session, case) if own and case.outcome == "referred" else None,
        joined=merging.main_of(session, case.id) if own and case.outcome == "merged" else None,
        answers=_answers(session, case, service) if own else [],
        photos=_photos(session, case) if own else {},
        may_reopen=own and _may_reopen(case),
        asked=answering.question(session, case, own=own),
        demand_label=wording.demand_label,
        address=telling.tracking_url(session, case),
        bills=[(i, billing.public_path(session, i)) for i in fees.invoices_of(session, case)] if own else [],
    )  # fmt: skip


def _answers(session: db.TenantSession, case: Case, service: Any) -> list[tuple[str, str]]:
    return wording.answers(service, case, personal_part(session, case), region_words(session, case.region))


def personal_part(session: db.TenantSession, case: Case) -> dict[str, Any]:
    """The sealed answers of a case, opened; the caller has asked whether the reader may see them."""
    import msgspec

    sealed = keys.reveal(session, case, "personal")
    found: dict[str, Any] = msgspec.json.decode(sealed) if sealed else {}
    return found


def region_words(session: db.TenantSession, code: str) -> str:
    """Village and district of a code in words."""
    found = places.area(session, code)
    if found is None:
        return ""
    above = places.area(session, found.parent_code)
    return ", ".join(filter(None, (found.name, above.name if above else "")))


def _photos(session: db.TenantSession, case: Case) -> dict[Any, list[dict[str, str | None]]]:
    from balai.cases.attachments import shown_files

    return shown_files(session, case, staff=False)


def _may_reopen(case: Case) -> bool:
    in_time = case.reopen_until is not None and now() <= case.reopen_until
    return not case.is_open and in_time and case.outcome != "merged"


def _again(case: Case, problem: Problem) -> Response:
    session = db.session()
    session.rollback()
    fresh = queries.by_code(session, case.code)
    if fresh is None:
        raise NotFound
    if isinstance(problem, Invalid):
        return _page(fresh, Form.of(request.form, problem))
    web.flash(problem.detail or problem.title, "warn")
    response = _page(fresh, Form.of())
    response.status_code = problem.status
    return response


def _back(case: Case) -> AnyResponse:
    db.commit()
    return redirect(f"/lacak/{case.code}", 303)
