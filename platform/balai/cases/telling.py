"""Who is told what, in the transaction of the change: the reporter by what they gave, staff in the app."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from balai import keys, notify
from balai.auth import drop_my_case, put_my_case
from balai.cases import catalogue, messages, units  # noqa: F401 - messages registers the texts
from balai.cases.models import Case, CaseEvent, Unit
from balai.contracts import Service, Transition
from balai.db import TenantSession
from balai.jobs import defer
from balai.settings import Settings
from balai.tenancy import Tenant, TenantProfile
from balai.web import formats
from balai.web.i18n import force_language
from balai.web.i18n import gettext as _

_WORDS = ("answer", "question", "reason", "receiver")


def case_filed(session: TenantSession, case: Case, service: Service, reporter: Any, secret: str) -> None:
    """The reporter gets code and link: now, because the link's secret is known only now. Staff are told by `staff_of_new`."""
    if reporter.email or reporter.phone:
        _to_reporter(session, case, "cases.received", values(session, case, service, secret=secret))
    _to_own_list(session, case, reporter.sub)


def _to_own_list(session: TenantSession, case: Case, sub: str | None) -> None:
    if sub and case.visibility != "secret" and case.anonymity == "named":
        put_my_case(session, sub=sub, code=case.code, service=case.service_id, state=case.state, at=case.filed_at)


def case_held(session: TenantSession, case: Case, service: Service, reporter: Any) -> None:
    """Nothing leaves the house: whoever floods us may have given somebody else's address. The page has shown the code."""
    if reporter.email or reporter.phone:
        data = values(session, case, service)
        notify.send(session, channel=notify.IN_APP, to=None, template="cases.received", data=data, case=case.id)
    _to_own_list(session, case, reporter.sub)


def case_released(session: TenantSession, case: Case, service: Service) -> None:
    """Somebody has looked: now the reporter hears that it has arrived. The link's secret is gone, the code opens the page."""
    _to_reporter(session, case, "cases.received", values(session, case, service))


def not_shown(session: TenantSession, case: Case, service: Service, reason: str) -> None:
    """The author learns why the public doesn't see it, and that it is handled all the same."""
    _to_reporter(session, case, "cases.not_shown", values(session, case, service, words={"reason": reason}))


def staff_of_new(session: TenantSession, case: Case) -> None:
    """The unit's head learns of a new case; in a job, so that nobody who files waits for it."""
    service = catalogue.rules(session, case)
    head = units.unit(session, case.unit_id).head_id
    _to_staff(session, case, "cases.staff_new", values(session, case, service), [head])


def case_moved(
    session: TenantSession,
    case: Case,
    service: Service,
    step: Transition,
    event: CaseEvent,
    words: Mapping[str, str],
) -> None:
    """The text that the step names goes to the reporter; a reporter's reply goes to staff."""
    data = values(session, case, service, words=words)
    if step.message:
        _to_reporter(session, case, f"cases.{step.message}", data)
    _spread(session, case, event)
    if event.actor_kind == "citizen":
        _to_staff(session, case, "cases.staff_replied", data, _responsible(session, case))
    elif event.from_state != event.to_state and case.is_open and case.waits_for == "staff":
        _to_staff(session, case, "cases.staff_new", data, _responsible(session, case), but=event.actor)


def tied(session: TenantSession, case: Case, service: Service, template: str, link: str, code: str) -> None:
    """The reporter of a case that was merged into another one (or taken out again) learns where it goes on."""
    more = {"other": link, "words": code}
    _to_reporter(session, case, f"cases.{template}", values(session, case, service) | more)


def _spread(session: TenantSession, case: Case, event: CaseEvent) -> None:
    """Whoever else reports the same hears how it ends, is answered or begins again; questions are the reporter's alone."""
    if not (case.followers or case.supporters) or event.from_state == event.to_state or event.kind == "asked":
        return
    if (
        case.closed_at is not None
        or event.kind == "reopened"
        or (case.waits_for == "citizen" and event.actor_kind == "staff")
    ):
        from balai.cases.together.spreading import tell_followers  # which composes texts here

        defer(session, tell_followers, case=case.id, state=event.to_state or case.state)


def referral(
    session: TenantSession,
    case: Case,
    service: Service,
    template: str,
    more: Mapping[str, str],
    *,
    inside: Mapping[str, str] | None = None,
) -> None:
    """What the reporter is told about a case on its way to another region. inside: values that differ in their message box."""
    _to_reporter(session, case, f"cases.{template}", values(session, case, service) | dict(more), inside=inside)


def reporter_wrote(session: TenantSession, case: Case, service: Service) -> None:
    """Words that a reporter added by themselves reach whoever has the case."""
    _to_staff(session, case, "cases.staff_replied", values(session, case, service), _responsible(session, case))


def case_reopened(session: TenantSession, case: Case, service: Service, event: CaseEvent | None = None) -> None:
    """Reopening reaches staff, and those who report the same."""
    if event is not None:
        _spread(session, case, event)
    _to_staff(session, case, "cases.staff_reopened", values(session, case, service), _responsible(session, case))


def assigned(session: TenantSession, case: Case, service: Service, member_id: UUID) -> None:
    """Whoever has to act now is told."""
    _to_staff(session, case, "cases.staff_assigned", values(session, case, service), [member_id])


def reminded(session: TenantSession, case: Case, service: Service, *, escalated: bool) -> None:
    """Before a deadline the assignee or the unit's people, after it the head."""
    head = units.unit(session, case.unit_id).head_id
    people = [head] if escalated else _responsible(session, case)
    template = "cases.staff_escalated" if escalated else "cases.staff_remind"
    _to_staff(session, case, template, values(session, case, service), people)


def forget_case(session: TenantSession, case: Case) -> None:
    """Take a case off its reporter's list over all regions."""
    drop_my_case(session, case.code)


def values(
    session: TenantSession,
    case: Case,
    service: Service,
    *,
    words: Mapping[str, str] | None = None,
    secret: str | None = None,
) -> dict[str, str]:
    """Values for the places of every text about this case. Of a secret case nothing but the code leaves the platform."""
    with force_language(case.language):
        due = _("Langkah berikutnya paling lambat %(day)s.", day=formats.tanggal(_local_due(session, case)))
        said = "\n".join(words[key] for key in _WORDS if words and words.get(key))
        unit = session.scalars(select(Unit).where(Unit.id == case.unit_id)).one()
        return {
            "code": case.code,
            "service": service.title,
            "region": region_name(session),
            "link": tracking_url(session, case, secret),
            "due": due if case.due_at else "",
            "words": said if case.visibility != "secret" else _("Baca di halaman Anda."),
            "summary": case.summary if case.visibility != "secret" else case.code,
            "state": service.workflow.state(case.state).label,
            "unit": unit.name,
        }


def region_name(session: TenantSession) -> str:
    """The region as it calls itself."""
    name = session.scalars(select(TenantProfile.display_name)).first()
    return name or catalogue.tenant_of(session).name


def tracking_url(session: TenantSession, case: Case, secret: str | None = None) -> str:
    """Absolute address of the tracking page; with the link secret it opens the reporter's view."""
    settings: Settings = current_app.extensions["balai.settings"]
    host = settings.tenant_host(catalogue.tenant_of(session).slug)
    return settings.public_url(host, f"/lacak/{case.code}" + (f"?kunci={secret}" if secret else ""))


def _local_due(session: TenantSession, case: Case) -> Any:
    return units.calendar(session).today(case.due_at) if case.due_at else None


def _responsible(session: TenantSession, case: Case) -> list[UUID | None]:
    if case.assignee_id:
        return [case.assignee_id]
    unit = units.unit(session, case.unit_id)
    return [unit.head_id] if unit.head_id else [m.id for m in units.members_of(session, unit.id)]


def public_url_of(tenant: Tenant, code: str) -> str:
    """Absolute address of a case's tracking page in any region."""
    settings: Settings = current_app.extensions["balai.settings"]
    return settings.public_url(settings.tenant_host(tenant.slug), f"/lacak/{code}")


def _to_reporter(
    session: TenantSession,
    case: Case,
    template: str,
    data: Mapping[str, str],
    *,
    inside: Mapping[str, str] | None = None,
) -> None:
    notify.tell_citizen(
        session,
        template=template,
        data=data,
        inside={"link": tracking_url(session, case), **(inside or {})},
        email=keys.reveal(session, case, "contact_email"),
        phone=keys.reveal(session, case, "contact_phone"),
        case=case.id,
        language=case.language,
    )


def _to_staff(
    session: TenantSession,
    case: Case,
    template: str,
    data: Mapping[str, str],
    people: Iterable[UUID | None],
    *,
    but: UUID | None = None,
) -> None:
    for member_id in {p for p in people if p and p != but}:
        notify.send(
            session, channel=notify.IN_APP, to=None, template=template, data=data, case=case.id, member=member_id
        )
