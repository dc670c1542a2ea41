"""The officer's page of one case, with everything that can be done about it, and what all console pages of cases share."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request
from sqlalchemy import select

from balai import auth, cases, db, notify, web
from balai.auth import Member, require
from balai.cases import access, attachments, moving, queries, second_check, timeline, units, voices, wording
from balai.cases.codes import CodeError, parse_code
from balai.cases.models import Case
from balai.cases.officer import queries as inbox_queries
from balai.cases.officer import replies
from balai.cases.officer.filters import STATES
from balai.cases.people import Person
from balai.cases.personal import marks, masking
from balai.cases.referral import questions
from balai.cases.together.company import company
from balai.cases.tracking import region_words
from balai.cases.viewers import staff
from balai.clock import now
from balai.errors import BadRequest, NotFound
from balai.plugins.names import PRIVACY_OWNER
from balai.web import Form, formats

blueprint = Blueprint("cases_console", __name__, url_prefix="/kelola", template_folder="templates")
FILTERS = ("antrean", "keadaan", "layanan", "unit", "wilayah", "q", "uji")


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def person() -> Person:
    """The member who is asking, with their units."""
    if "case_person" not in g:
        g.case_person = staff(db.session(), auth.signed_in())
    found: Person = g.case_person
    return found


def filters_of() -> queries.Filters:
    """The inbox's filters as they stand in the address; whatever makes no sense there counts as not given."""
    given = request.args
    queue = given.get("antrean", "unit")
    state = given.get("keadaan", "open")
    return queries.Filters(
        queue=queue if queue in {"mine", "unit", "all"} else "unit",
        state="" if state == "semua" else state if state in STATES else "open",
        service_id=given.get("layanan", ""),
        unit_id=id_of(given.get("unit")),
        region=given.get("wilayah", "") if given.get("wilayah", "").replace(".", "").isdigit() else "",
        text=given.get("q", "").strip()[:80],
        is_test=given.get("uji") == "ya",
    )


def member_names(session: db.TenantSession, ids: set[UUID]) -> dict[UUID, str]:
    """Names of members by id."""
    if not ids:
        return {}
    return {row.id: row.name for row in session.execute(select(Member.id, Member.name).where(Member.id.in_(ids)))}


@blueprint.get("/laporan/<code>")
@require("cases.work")
def show(code: str) -> Response:
    """Everything about one case, and what can be done."""
    return page(case_of(code), Form.of())


def page(case: Case, form: Form, *, revealed: masking.Personal | None = None) -> Response:
    """The case page; revealed: what is shown in full just now, for a reason."""
    session, who = db.session(), person()
    shown = revealed or masking.seen_by(session, who, case)
    rules = wording.localise(cases.rules(session, case))
    entries = timeline.read(session, case, whole=True)
    entries = entries if revealed else masking.veil(case, entries)
    named = {u.id: u.name for u in units.all_units(session, active=False)}
    people = member_names(session, {e.event.actor for e in entries if e.event.actor} | {case.assignee_id or case.id})
    may_work, possible = access.may_work(session, who, case), moving.steps(session, case, who)
    _seen(session, who, case)
    return web.render_form(
        "cases/console/case.html",
        form,
        case=case,
        service=rules,
        badge=wording.badge(case, wording.state_label(rules, case.state)),
        unit=named.get(case.unit_id, ""),
        assignee=people.get(case.assignee_id or case.id, ""),
        place=region_words(session, case.region),
        answers=wording.answers(rules, case, shown.answers, region_words(session, case.region)),
        contact=shown.contact,
        revealed=revealed is not None,
        marks=marks.marks_of(session, case.id),
        may_search=who.may("cases.reveal"),
        is_data_request=case.service_id.startswith(f"{PRIVACY_OWNER}."),
        moments=[wording.moment(e, rules, units=named, names=people) for e in reversed(entries)],
        photos=attachments.shown_files(session, case, staff=True),
        said=voices.untold(session, case, rules) if may_work and case.is_open else None,
        steps=[replace(s, label=rules.workflow.transition(s.key).label) for s in possible],
        unsent=_unsent(form, possible),
        rules_fields={f.key: f.label for f in rules.fields},
        demand_label=wording.demand_label,
        may_work=may_work,
        may_assign=may_work and case.is_open and (who.may("cases.assign") or case.unit_id in who.heads),
        may_take=may_work and case.is_open and case.assignee_id != who.member_id and case.unit_id in who.units,
        may_reveal=who.may("cases.reveal") and shown.hidden,
        may_reopen=may_work and not case.is_open and case.outcome != "merged" and who.may("cases.assign"),
        units=[(str(u.id), u.name) for u in units.all_units(session)],
        members=[(str(m.id), m.name) for m in units.members_of(session, case.unit_id)],
        in_check=second_check.is_check(case.state),
        going=questions.going(session, case),
        company=company(session, who, case),
        begun=request.args.get("contoh", ""),
        replies=_replies(
            session,
            case,
            {
                "kode": case.code,
                "layanan": rules.title,
                "unit": named.get(case.unit_id, ""),
                "petugas": auth.signed_in().name,
                "nama": shown.contact.get("name", "") if case.anonymity == "named" else "",
                "tempat": ", ".join(filter(None, (case.landmark, region_words(session, case.region)))),
                "tanggal": formats.tanggal(now()),
            },
        ),
    )


def _unsent(form: Form, possible: Iterable[Any]) -> list[tuple[str, str]]:
    """(what it was for, words) of a step that is not possible any more: whoever wrote them copies them elsewhere."""
    if not form.value("langkah") or any(step.key == form.value("langkah") for step in possible):
        return []
    hidden = {"langkah", "seen", "_kunci"}
    return [(wording.demand_label(name), text) for name, text in form.values.items() if name not in hidden and text]


def _seen(session: db.TenantSession, who: Person, case: Case) -> None:
    """This member has read the case and the messages about it."""
    if who.member_id is not None:
        notify.mark_read(session, who.member_id, case=case.id)
        inbox_queries.mark_read(session, who.member_id, {case.id: case.seq}, now())


def _replies(session: db.TenantSession, case: Case, values: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Texts to begin with, filled in for this case, by what they are for."""
    found: dict[str, list[dict[str, str]]] = {}
    for text in replies.texts_for(session, case):
        filled = {"id": str(text.id), "title": text.title, "text": replies.fill(text.body, values)}
        found.setdefault(text.demand, []).append(filled)
    return found


def case_of(code: str) -> Case:
    try:
        return access.read_case(db.session(), person(), parse_code(code))
    except CodeError:
        raise NotFound from None


def id_of(text: str | None) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest from None
