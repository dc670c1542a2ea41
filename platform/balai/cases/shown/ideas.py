"""`/usul`: ideas, who supports them, and the official answer with its date. Unknown while no such service is on."""

from datetime import datetime
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, cases, db, keys, places, web
from balai.cases import queries as case_queries
from balai.cases import timeline, units, wording
from balai.cases.codes import CodeError, parse_code
from balai.cases.decisions import queries as decisions
from balai.cases.models import Case
from balai.cases.shown import portal, queries, services
from balai.cases.shown.links import defang
from balai.cases.shown.portal import IDEAS, blueprint, given
from balai.cases.shown.words import topic_field
from balai.cases.tracking import region_words
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import Conflict, Invalid, NotFound
from balai.web import Form
from balai.web.csrf import COOKIE
from balai.web.i18n import gettext as _
from balai.web.i18n import language

_SUPPORT_PER_HOUR = 60
# A village of 300 households behind one carrier's address still gets through in a day; a script doesn't.
_SUPPORT_ONE_PER_DAY = 100


@blueprint.get("/usul")
def ideas() -> Response:
    """Published ideas, newest or most supported first, by keyset pages."""
    session = db.session()
    service = idea_service(session)
    local = wording.localise(service)
    supported = request.args.get("urut") == "dukungan"
    wanted = _asked(session, service, supported=supported)
    rows = queries.shown(db.driver(session), session.tenant_id, wanted)
    topic = topic_field(local)
    states = [(s.key, s.label) for s in local.workflow.states]
    return web.render(
        "cases/shown/ideas.html",
        rows=portal.lines(session, rows[: queries.PAGE]),
        more=_following(rows, supported=supported),
        action=f"/layanan/{service.owner}/{service.key}",
        form=Form.of(given()),
        topics=list(topic.options) if topic else [],
        districts=[(d.code, d.name) for d in places.districts(session)],
        states=states,
        supported=supported,
        filtered=bool(given().keys() - {"urut"}),
    )


def idea_service(session: TenantSession) -> Service:
    """The service by which people here propose things; NotFound while there is none."""
    found = next((s for s in cases.services(session) if s.topic == IDEAS and s.visibility == "public"), None)
    if found is None:
        raise NotFound
    return found


def _asked(session: TenantSession, service: Service, *, supported: bool) -> queries.Wanted:
    plain = portal.asked(session, [service])
    step = request.args.get("keadaan", "")
    return queries.Wanted(
        services=(service.id,),
        areas=plain.areas,
        topic=plain.topic,
        topic_key=plain.topic_key,
        step=step if step in {s.key for s in service.workflow.states} else "",
        supported=supported,
        before=_before_supported() if supported else plain.before,
    )


def _before_supported() -> tuple[Any, ...] | None:
    number, _dash, rest = request.args.get("sebelum", "").partition("_")
    at, _dash, code = rest.partition("_")
    moment = portal.moment_of(at)
    if not number.isdecimal() or len(number) > 8 or moment is None or not portal.is_code(code):  # noqa: PLR2004 - an int4
        return None
    return int(number), moment, code


def _following(rows: list[queries.Shown], *, supported: bool) -> str | None:
    following = portal.following("/usul", rows)
    if following is None or not supported:
        return following
    return following.replace("sebelum=", f"sebelum={rows[queries.PAGE - 1].supporters}_")


@blueprint.get("/usul/<code>")
def idea(code: str) -> Any:
    """One idea: its words, its answer, how far it is, who supports it."""
    found = _idea(code)
    return found if not isinstance(found, Case) else _page(found, Form.of())


@blueprint.post("/usul/<code>/dukung")
def support(code: str) -> AnyResponse:
    """Support it, or take that back. One person counts once: their account, else their browser."""
    found = _idea(code)
    if not isinstance(found, Case):
        raise NotFound
    session, who = db.session(), person_key(db.session())
    web.count("cases.support", allowed=_SUPPORT_PER_HOUR, seconds=3600)
    try:
        if request.form.get("dukung") == "tidak":
            services.withdraw(session, found.id, who)
            words = _("Dukungan Anda ditarik.")
        else:
            web.count(f"cases.support.{found.id}", allowed=_SUPPORT_ONE_PER_DAY, seconds=86400)
            services.support(session, found.id, who, contact=request.form.get("contact", ""), language=language())
            words = _("Terima kasih, dukungan Anda tercatat.")
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _page(_fresh(session, found.code), Form.of(request.form, invalid))
    except Conflict as late:
        session.rollback()
        web.flash(late.detail or late.title, "warn")
    else:
        web.flash(words)
    return redirect(f"/usul/{found.code}", 303)


def person_key(session: TenantSession) -> str:
    """A keyed hash of whoever supports: the account, else this browser's own random number, without which no form is taken."""
    principal = auth.current()
    if principal is not None:
        return keys.blind_index(session, "supporter", f"sub|{principal.sub}")
    return keys.blind_index(session, "supporter", f"browser|{request.cookies.get(COOKIE, '')}")


def _idea(code: str) -> Case | AnyResponse:
    session = db.session()
    try:
        plain = parse_code(code)
    except CodeError:
        raise NotFound from None
    case = _fresh(session, plain)
    if cases.rules(session, case).topic != IDEAS or case.service_id not in {s.id for s in cases.services(session)}:
        raise NotFound
    return redirect(f"/usul/{plain}", 303) if plain != code else case


def _fresh(session: TenantSession, code: str) -> Case:
    case = case_queries.by_code(session, code)
    if case is None or case.published_at is None or case.visibility != "public" or case.is_test:
        raise NotFound
    return case


def _page(case: Case, form: Form) -> Response:
    session = db.session()
    service = wording.localise(cases.rules(session, case))
    words = queries.words(session, case.id)
    entries = timeline.read(session, case, whole=False)
    named = {u.id: u.name for u in units.all_units(session, active=False)}
    topic = topic_field(service)
    known = request.cookies.get(COOKIE) or auth.current()
    return web.render_form(
        "cases/shown/idea.html",
        form,
        case=case,
        service=service,
        title=words.title if words else defang(case.summary),
        body=words.body if words else "",
        badge=wording.badge(case, wording.state_label(service, case.state)),
        place=region_words(session, case.region),
        topic=dict(topic.options).get(case.data.get(topic.key, ""), "") if topic else "",
        moments=[wording.moment(e, service, units=named) for e in entries],
        answer=_answer(entries),
        supported=services.supports(session, case.id, person_key(session)) if known else False,
        decisions=decisions.of_case(session, case.id),
    )


def _answer(entries: list[timeline.Entry]) -> tuple[datetime, str, str] | None:
    """(when, in which words, the kind of words) the office answered last."""
    for entry in reversed(entries):
        for kind in ("answer", "reason"):
            if entry.event.actor_kind == "staff" and entry.event.kind == "moved" and entry.words.get(kind):
                return entry.event.at, entry.words[kind], kind
    return None
