"""What happened in a demo region: reports filed weeks ago, answered days later, by the very services that citizens use."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from balai import cases, clock
from balai.cases import acting, filing, moving, people, viewers
from balai.cases.decisions import services as decisions
from balai.db import TenantSession
from balai.places import AreaName, districts, villages

# Reports that a decision names in the demo.
_LED_TO: Final = 3


def tell(session: TenantSession, report: Mapping[str, Any], staff: people.Person, reporter: filing.Reporter) -> None:
    """File one report at its day and take the step that answers it, at that day's time."""
    filed_at = _working_hour(clock.now() - timedelta(days=report["days"]), hour=9 + report["days"] % 6)
    service = cases.catalogue.service(session, f"feedback.{report['service']}")
    village = _village(session, report["district"]).code
    place = filing.Place(region=village, landmark=report.get("landmark", ""))
    with clock.frozen(filed_at):
        filed = filing.file_case(
            session,
            service,
            _answers(report),
            reporter=reporter,
            place=place,
            channel=report.get("channel", "web"),
        )
    if report.get("end"):
        _answer(session, filed, report, staff, filed_at)


def _answer(
    session: TenantSession, filed: filing.Filed, report: Mapping[str, Any], staff: people.Person, filed_at: datetime
) -> None:
    words = {
        "answer": report.get("answer", ""),
        "reason": report.get("answer", ""),
        "question": report.get("answer", ""),
    }
    step = report["end"]
    service = cases.catalogue.rules(session, filed.case)
    demands = next(t.demands for t in service.workflow.leaving(filed.case.state) if t.key == step)
    answered_at = _working_hour(filed_at + timedelta(days=report["after"]), hour=11)
    with clock.frozen(answered_at):
        moving.move_case(
            session, filed.case.id, step, person=staff, fields={d: words[d] for d in demands if d in words}
        )
    if report.get("rating"):
        with clock.frozen(answered_at + timedelta(hours=20)):
            holder = viewers.citizen(session, holds=frozenset({filed.case.id}))
            if filed.case.is_open:
                moving.move_case(session, filed.case.id, "setuju", person=holder)
            acting.rate_case(session, filed.case.id, report["rating"], person=holder)


def _answers(report: Mapping[str, Any]) -> dict[str, Any]:
    if report["service"] == "pengaduan":
        known = {"bidang": report["bidang"], "uraian": report["text"]}
        return known | ({"kantor": report["kantor"]} if "kantor" in report else {})
    if report["service"] == "usul":
        return {"judul": report["judul"], "bidang": report.get("bidang", "lainnya"), "uraian": report["text"]}
    return {"rincian": report["text"], "tujuan": "Bahan rapat warga", "cara": "daring"}


def _village(session: TenantSession, district: str) -> AreaName:
    """The first village of the district with this name; a name that the list doesn't know falls back to the first district."""
    known = districts(session)
    chosen = next((d for d in known if d.name.lower() == district.lower()), known[0])
    return next(v for v in villages(session) if v.parent_code == chosen.code)


def _working_hour(day: datetime, *, hour: int) -> datetime:
    """That day at `hour` o'clock (WIB, roughly); never in the future."""
    return min(day.replace(hour=hour - 7, minute=12 + hour, second=0, microsecond=0), clock.now())


def decide(session: TenantSession, told: Mapping[str, Any] | None) -> None:
    """Write down, show and announce what the region decided because of such reports; once only.

    told: title, reason, kind (of `decisions.KINDS`) and the subject (`bidang`) of the reports that led to it.
    """
    if told is None or session.scalars(select(cases.Decision.id).where(cases.Decision.title == told["title"])).first():
        return
    person = people.Person("staff", is_admin=True, permissions=frozenset({"cases.work", "plugins.switch"}))
    alike = select(cases.Case.code).where(
        cases.Case.data["bidang"].astext == told["bidang"],
        cases.Case.visibility == "public",
        cases.Case.closed_at.is_not(None),
    )
    codes = session.scalars(alike.order_by(cases.Case.filed_at.desc()).limit(_LED_TO)).all()
    made = decisions.record(session, kind=told["kind"], title=told["title"], reason=told["reason"], person=person)
    if codes:
        decisions.add(session, person, made.id, codes)
    decisions.make_public(session, person, made.id)
