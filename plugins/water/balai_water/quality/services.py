"""Samples: taken in, withdrawn, and what a zone's latest ones say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai.api import Conflict, Invalid, NotFound, TenantSession, gettext, now, record_audit
from balai_water import months
from balai_water.quality import incidents, regulations
from balai_water.quality.models import Incident, Sample
from balai_water.quality.parameters import PARAMETERS, Parameter
from balai_water.quality.regulations import Limits
from balai_water.quality.results import Limit, Result, Verdict, judge, stored
from balai_water.register.models import Zone

SUBJECT: Final = "water_sample"
LONGEST: Final = 120
FIRST_YEAR: Final = 1990
YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Sheet:
    """A laboratory's sheet as it comes in. again: taken to see whether what failed is good now."""

    zone_id: UUID
    taken_on: date
    point: str
    lab: str
    results: Mapping[str, Result]
    report_number: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """One result against the limit of its day. regulation: whose limit it is, "" without one."""

    parameter: Parameter
    result: Result
    limit: Limit | None
    verdict: Verdict
    taken_on: date
    point: str
    regulation: str


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How many samples of a month, and of how many everything was within limits."""

    month: date
    samples: int
    passed: int


@dataclass(frozen=True, slots=True)
class ZoneQuality:
    """What is known of a zone's water. latest: the newest result of each parameter within a year, worst first; incident: open."""

    zone: Zone
    latest: Sequence[Judged] = ()
    incident: Incident | None = None
    months: Sequence[MonthCount] = field(default=())

    @property
    def beyond(self) -> list[Judged]:
        """What is outside its limit."""
        return [each for each in self.latest if each.verdict == "beyond"]

    @property
    def warning(self) -> str | None:
        """The advice that is in force: boil, avoid or care."""
        running = self.incident is not None and self.incident.told_at is not None and self.incident.lifted_at is None
        return self.incident.advice if running and self.incident is not None else None


def judged(sample: Sample, known: Sequence[Limits]) -> list[Judged]:
    """Every result of a sample, in the catalogue's order."""
    rules = regulations.on(known, sample.taken_on)
    found = []
    for key, parameter in PARAMETERS.items():
        if key in sample.readings:
            result, limit = stored(sample.readings[key]), rules.limits.get(key) if rules else None
            name = rules.name if rules and limit else ""
            verdict = judge(parameter, limit, result)
            found.append(Judged(parameter, result, limit, verdict, sample.taken_on, sample.point, name))
    return found


def add(session: TenantSession, sheet: Sheet, *, by: UUID | None) -> tuple[Sample, Incident | None]:
    """Take a sheet in; the incident that it opened, joined or ended, if any.

    Raises Invalid (fields zone_id, taken_on, point, lab, report_number, results, again).
    """
    # Locked: one sheet of a zone after the other.
    zone = session.scalars(select(Zone).where(Zone.id == sheet.zone_id).with_for_update()).first()
    if zone is None:
        raise Invalid.field("zone_id", gettext("Pilih zonanya."))
    _check(sheet)
    _refuse_twice(session, sheet)
    followed = incidents.followed_by(session, zone.id, sheet.taken_on) if sheet.again else None
    sample = Sample(
        zone_id=zone.id, taken_on=sheet.taken_on, point=sheet.point, lab=sheet.lab, report_number=sheet.report_number,
        readings={key: str(result) for key, result in sheet.results.items()}, created_by=by,
    )  # fmt: skip
    session.add(sample)
    session.flush()
    found = judged(sample, regulations.all_of(session))
    failed = [each.parameter.key for each in found if each.verdict == "beyond"]
    passed = [each.parameter.key for each in found if each.verdict == "within"]
    data = {"zone": zone.key, "failed": failed, "taken_on": sheet.taken_on.isoformat()}
    record_audit(session, "water.sample_added", subject_kind=SUBJECT, subject_id=sample.id, data=data)
    return sample, incidents.note_sample(session, sample, failed=failed, passed=passed, followed=followed, by=by)


def _check(sheet: Sheet) -> None:
    if sheet.taken_on > months.today():
        raise Invalid.field("taken_on", gettext("Tanggal pengambilan belum tiba."))
    if sheet.taken_on.year < FIRST_YEAR:
        raise Invalid.field("taken_on", gettext("Terlalu lama lalu."))
    for name, words in (("point", sheet.point), ("lab", sheet.lab)):
        if not words:
            raise Invalid.field(name, gettext("Bagian ini perlu diisi."))
    for name, words in (("point", sheet.point), ("lab", sheet.lab), ("report_number", sheet.report_number)):
        if len(words) > LONGEST:
            raise Invalid.field(name, gettext("Paling banyak %(most)s huruf.", most=LONGEST))
    if not sheet.results:
        raise Invalid.field("results", gettext("Isi paling sedikit satu hasil."))


def _refuse_twice(session: TenantSession, sheet: Sheet) -> None:
    same = select(Sample.id).where(
        Sample.zone_id == sheet.zone_id, Sample.taken_on == sheet.taken_on, Sample.point == sheet.point,
        Sample.report_number == sheet.report_number, Sample.withdrawn_at.is_(None),
    )  # fmt: skip
    if session.scalars(same).first() is not None:
        raise Invalid.field("report_number", gettext("Hasil dari titik, tanggal, dan nomor ini sudah ada."))


def withdraw(session: TenantSession, sample_id: UUID, *, reason: str, by: UUID | None) -> Sample:
    """A sheet was wrong: it counts no longer, and its incident goes on without it. Invalid without a reason; Conflict when it was
    withdrawn already; NotFound.
    """
    sample = sample_of(session, sample_id)
    session.scalars(select(Zone.id).where(Zone.id == sample.zone_id).with_for_update()).one()
    session.refresh(sample)
    words = " ".join(reason.replace("\x00", "").split())
    if not words:
        raise Invalid.field("reason", gettext("Tulis alasannya."))
    if len(words) > LONGEST:
        raise Invalid.field("reason", gettext("Paling banyak %(most)s huruf.", most=LONGEST))
    if sample.withdrawn_at is not None:
        raise Conflict(gettext("Hasil ini sudah ditarik."))
    sample.withdrawn_at, sample.withdrawn_by, sample.withdrawn_reason = now(), by, words
    session.flush()
    incidents.without_sample(session, sample, reason=words, by=by)
    record_audit(session, "water.sample_withdrawn", subject_kind=SUBJECT, subject_id=sample.id, data={"reason": words})
    return sample


def sample_of(session: TenantSession, sample_id: UUID) -> Sample:
    """One sample, also a withdrawn one; NotFound."""
    found = session.scalars(select(Sample).where(Sample.id == sample_id)).first()
    if found is None:
        raise NotFound
    return found


def of_zone(session: TenantSession, zone_id: UUID) -> ZoneQuality:
    """What a zone's water was like in the last twelve months; NotFound."""
    zone = session.scalars(select(Zone).where(Zone.id == zone_id)).first()
    if zone is None:
        raise NotFound
    return of_zones(session, [zone])[0]


def of_zones(session: TenantSession, zones: Sequence[Zone]) -> list[ZoneQuality]:
    """The same for many, in their order, with three statements."""
    this = months.this_month()
    since = months.shift(this, 1 - YEAR)
    query = select(Sample).where(
        Sample.zone_id.in_([zone.id for zone in zones]), Sample.withdrawn_at.is_(None), Sample.taken_on >= since
    )
    by_zone: dict[UUID, list[Sample]] = {}
    for sample in session.scalars(query.order_by(Sample.taken_on.desc(), Sample.id.desc())):
        by_zone.setdefault(sample.zone_id, []).append(sample)
    known = regulations.all_of(session)
    running = {i.zone_id: i for i in session.scalars(select(Incident).where(Incident.state == "open"))}
    return [_zone(zone, by_zone.get(zone.id, []), known, running.get(zone.id), since, this) for zone in zones]


def _zone(
    zone: Zone,
    samples: Sequence[Sample],
    known: Sequence[Limits],
    incident: Incident | None,
    since: date,
    until: date,
) -> ZoneQuality:
    latest: dict[str, Judged] = {}
    counts = {month: [0, 0] for month in months.span(since, until)}
    for sample in samples:
        found = judged(sample, known)
        for each in found:
            latest.setdefault(each.parameter.key, each)
        count = counts.get(sample.taken_on.replace(day=1))
        if count is not None:
            count[0] += 1
            count[1] += not any(each.verdict == "beyond" for each in found)
    worst_first = sorted(latest.values(), key=lambda each: each.verdict != "beyond")
    told = tuple(MonthCount(month, number, passed) for month, (number, passed) in counts.items())
    return ZoneQuality(zone, tuple(worst_first), incident, told)
