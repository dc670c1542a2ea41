"""Tell the rules what is known of every service and app, and keep what they say: one row per subject and month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, places, plugins
from balai.cases import catalogue, units
from balai.cases.models import ServiceSetting
from balai.cases.workdays import Calendar
from balai.clock import now
from balai.contracts import Metric, PluginState, Service, ServiceState
from balai.db import TenantSession
from balai.errors import Invalid, NotFound
from balai.evidence import costing, settings
from balai.evidence.models import KnownApp, ServiceCost, VerdictRow
from balai.evidence.verdicts import queries, rules
from balai.evidence.verdicts.rules import Figures
from balai.places import counts
from balai.plugins.names import PRIVACY_OWNER
from balai.web.i18n import gettext as _

APP: Final = "aplikasi:"
MOST_ANSWER: Final = 2000
_MONTHS: Final = 12
PAID_CHANNELS: Final = frozenset({"sms", "whatsapp"})


def months_back(month: date, number: int) -> date:
    """First day of the month `number` months before."""
    index = month.year * 12 + month.month - 1 - number
    return date(index // 12, index % 12 + 1, 1)


def span_of(calendar: Calendar, at: datetime) -> queries.Span:
    """The last twelve whole months."""
    month = calendar.today(at).replace(day=1)
    return queries.Span(months_back(month, 12), months_back(month, 6), month)


def judge_all(session: TenantSession) -> list[VerdictRow]:
    """Judge every service that is on and every app that is paid for; answers this month's rows, which are kept."""
    calendar, at = units.calendar(session), now()
    month = calendar.today(at).replace(day=1)
    told = [*service_figures(session), *app_figures(session)]
    kept = {row.subject: row for row in session.scalars(select(VerdictRow).where(VerdictRow.month == month))}
    before = latest(session, before=month)
    published = rules.published()
    rows = []
    for title, figures in told:
        verdict = rules.judge(figures, published)
        row = kept.pop(figures.subject, None)
        if row is None:
            row = _new_row(figures.subject, month, before.get(figures.subject))
            session.add(row)
        row.kind, row.title, row.figures, row.rules = figures.kind, title, rules.dump(figures), published.version
        row.verdict, row.action, row.made_at = verdict.key, verdict.action, at
        row.reasons = [asdict(reason) for reason in verdict.reasons]
        if verdict.action == "keep":
            row.bad_since = None
            row.answer, row.answered_at, row.answered_by = "", None, None
        elif row.bad_since is None:
            row.bad_since = at
        rows.append(row)
    for gone in kept.values():
        session.delete(gone)
    session.flush()
    return rows


def _new_row(subject: str, month: date, older: VerdictRow | None) -> VerdictRow:
    """A row of a new month: while the verdict stays bad, its clock and the leader's answer go on."""
    row = VerdictRow(subject=subject, month=month)
    if older is not None and older.action != "keep":
        row.bad_since, row.answer = older.bad_since, older.answer
        row.answered_at, row.answered_by = older.answered_at, older.answered_by
    else:
        row.bad_since, row.answer = None, ""
    return row


def latest(session: TenantSession, *, before: date | None = None) -> dict[str, VerdictRow]:
    """The newest row of each subject, of those before a month when one is named."""
    query = select(VerdictRow).order_by(VerdictRow.month)
    if before is not None:
        query = query.where(VerdictRow.month < before, VerdictRow.month >= months_back(before, _MONTHS))
    return {row.subject: row for row in session.scalars(query)}


def this_month(session: TenantSession, *, until: date | None = None) -> Sequence[VerdictRow]:
    """The rows of the newest month that was judged, of those up to a day when one is named."""
    months = select(VerdictRow.month).where(VerdictRow.month <= until) if until else select(VerdictRow.month)
    newest = months.order_by(VerdictRow.month.desc()).limit(1).scalar_subquery()
    return session.scalars(select(VerdictRow).where(VerdictRow.month == newest).order_by(VerdictRow.title)).all()


def judged(session: TenantSession) -> list[Service]:
    """Services that are judged: all that are on, but those that the law demands of every region and those that are closing:
    about these it has been decided.
    """
    tenant = catalogue.tenant_of(session)
    query = select(ServiceSetting.service_id).where(ServiceSetting.state == ServiceState.CLOSING.value)
    closing = set(session.scalars(query))
    return [
        s
        for s in catalogue.services(session, audience=None)
        if s.owner != PRIVACY_OWNER and s.id not in closing and plugins.state(tenant, s.owner) is PluginState.ON
    ]


def service_figures(session: TenantSession) -> list[tuple[str, Figures]]:
    """(title, figures) of every service that is on."""
    calendar, at = units.calendar(session), now()
    span, services = span_of(calendar, at), judged(session)
    facts, ready = queries.figures(session, span), _readiness(session, span)
    ages = Ages(queries.on_since(session), queries.first_months(session), queries.judged_since(session), calendar)
    entries = session.scalars(select(ServiceCost)).all()
    asked = {s.id: facts.get(s.id, {}).get("asked", 0) for s in services}
    year = costing.newest_year(entries, until=span.until.year)
    costs = costing.costs_of_year([*entries, *_messages(session, year, calendar)], asked, year) if year else {}
    districts = len(places.districts(session))
    found = []
    for service in services:
        begun = ages.begun(service, calendar.today(at))
        told: dict[str, Any] = dict(facts.get(service.id, {}))
        told["people"] = told.get("people") or 0
        drilled = ready.get(service.owner, {})
        figures = Figures(
            service.id, service.kind, months_on(begun, span.until), **told,
            drills=drilled.get("drills", 0), delivered=drilled.get("delivered", 0), sent=drilled.get("sent", 0),
            target=target_of(session, service, span.until.year), cost=costs.get(service.id), districts=districts,
            begun=begun.isoformat(),
        )  # fmt: skip
        found.append((service.title, figures))
    return found


def _messages(session: TenantSession, year: int, calendar: Calendar) -> list[costing.Counted]:
    """What the messages of a year cost that left for a plugin's cases: counted, at the region's price for one."""
    price = int(settings.values(session)["message_price"])
    if not price:
        return []
    since, until = (datetime(y, 1, 1, tzinfo=calendar.zone) for y in (year, year + 1))
    sent = [row for row in queries.messages(session, since, until) if row.channel in PAID_CHANNELS]
    return [costing.Counted(row.owner, year, row.number * price) for row in sent]


@dataclass(frozen=True, slots=True)
class Ages:
    """What tells how old services are. on: by plugin and by service whose rules were ever kept; first: first month with a figure;
    judged: first day by which a service was judged.
    """

    on: Mapping[str, datetime]
    first: Mapping[str, date]
    judged: Mapping[str, date]
    calendar: Calendar

    def begun(self, service: Service, today: date) -> date:
        """Since when a service is on. Services of a plugin came together with it; one that a later version of the plugin brings
        to a region where the others have been judged already begins on its own first day.
        """
        own = [self.calendar.today(self.on[service.id])] if service.id in self.on else []
        own += [days[service.id] for days in (self.first, self.judged) if service.id in days]
        if service.owner == catalogue.DRAWN or service.id in self.judged or self._has_elders(service):
            return min(own, default=today)
        family = [month for key, month in self.first.items() if _owner(key) == service.owner]
        plugin = [self.calendar.today(self.on[service.owner])] if service.owner in self.on else []
        return min([*own, *family, *plugin], default=today)

    def _has_elders(self, service: Service) -> bool:
        return any(_owner(key) == service.owner for key in self.judged)


def _owner(service_id: str) -> str:
    return service_id.partition(".")[0]


def months_on(begun: date, until: date) -> int:
    """Whole months between the day on which it began and the month that is running."""
    return max((until.year - begun.year) * 12 + until.month - begun.month - (begun.day > 1), 0)


def target_of(session: TenantSession, service: Service, year: int) -> int | None:
    """Size of the group that a service is for; None when nobody has entered it."""
    metric, tenant = service.target_group_metric, catalogue.tenant_of(session)
    if metric.isdigit():
        return int(metric) or None
    subject = counts.PEOPLE if metric in {"", "population"} else metric
    found = counts.size_of(session, subject, tenant.region_code or "", until=year)
    return found.size if found else None


def _readiness(session: TenantSession, span: queries.Span) -> dict[str, dict[str, int]]:
    """By plugin: drills and what arrived, from the metrics that it declares as readiness."""
    declared = {
        (plugin.name, metric.key): metric for plugin in plugins.manager().installed for metric in plugin.brought.metrics
    }
    found: dict[str, dict[str, int]] = {}
    for row in queries.metrics(session, span):
        metric: Metric | None = declared.get((row.plugin, row.metric))
        if metric is None or not metric.readiness:
            continue
        told = found.setdefault(row.plugin, {"drills": 0, "delivered": 0, "sent": 0})
        if metric.kind == "counter":
            told["drills"] += int(row.value or 0)
        elif metric.kind == "ratio":
            told["delivered"] += int(row.numerator or 0)
            told["sent"] += int(row.denominator or 0)
    return found


def app_figures(session: TenantSession) -> list[tuple[str, Figures]]:
    """(name, figures) of every app that is still paid for."""
    calendar = units.calendar(session)
    span = span_of(calendar, now())
    apps = session.scalars(select(KnownApp).where(KnownApp.stopped.is_(False)).order_by(KnownApp.name)).all()
    if not apps:
        return []
    services = judged(session)
    tenant = catalogue.tenant_of(session)
    people = counts.size_of(session, counts.PEOPLE, tenant.region_code or "", until=span.until.year)
    return [
        (
            app.name,
            Figures(
                f"{APP}{app.id}", "app", months_on(app.since, span.until) if app.since else _MONTHS * 2, people=app.monthly_users,
                target=people.size if people else None, cost=app.yearly_cost, overlaps=overlapping(app, services),
            ),
        )
        for app in apps
    ]  # fmt: skip


def overlapping(app: KnownApp, services: Iterable[Service]) -> tuple[str, ...]:
    """Titles of services that are on and do the same: same sector and same topic."""
    topic = app.topic.strip().lower()
    return tuple(s.title for s in services if topic and s.sector.value == app.sector and s.topic.lower() == topic)


def public_from(row: VerdictRow) -> datetime | None:
    """When a bad verdict is shown to everybody; None for one that may be shown at once."""
    if row.bad_since is None:
        return None
    return row.bad_since + timedelta(days=int(rules.published()["public_after_days"]))


def answer(session: TenantSession, verdict_id: UUID, words: str, *, by: UUID | None) -> VerdictRow:
    """The leader's written answer to a bad verdict; it stands beside it in public. Raises Invalid, NotFound."""
    row = session.scalars(select(VerdictRow).where(VerdictRow.id == verdict_id)).first()
    if row is None or row.bad_since is None:
        raise NotFound
    text = "\n".join(line.rstrip() for line in words.strip().splitlines())
    if not text:
        raise Invalid.field("jawaban", _("Tuliskan jawabannya."))
    if len(text) > MOST_ANSWER:
        raise Invalid.field("jawaban", _("Paling panjang %(most)s huruf.", most=MOST_ANSWER))
    row.answer, row.answered_at, row.answered_by = text, now(), by
    session.flush()
    audit.record(session, "evidence.verdict_answered", subject_kind="verdict", subject_id=row.subject)
    return row
