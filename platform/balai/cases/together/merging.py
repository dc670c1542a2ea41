"""Merge reports of the same thing into one, take one out again, or split one that tells of two things.

A merged case ends with outcome `merged`; deadline, ratings and steps are those of the main one. Who filed it counts as a
follower of the main case and is told together with the others. How it stood before is kept in its timeline (keys and figures
only), so that taking it out again brings back its state and its deadline.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.cases import access, catalogue, telling, timeline, units
from balai.cases.clockwork import enter_state
from balai.cases.models import Case, CaseEvent, CaseFollower, CaseLink
from balai.cases.moving import lock, require_fresh
from balai.cases.people import Person
from balai.cases.referral import flow
from balai.cases.together import following
from balai.cases.values import ValueFault, clean_text
from balai.clock import now
from balai.db import TenantSession, announce, new_id
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _

MOST: Final = 20
UNDO_WITHIN: Final = timedelta(days=30)
_IDS: Final = ("unit_id", "assignee_id")
_TIMES: Final = ("state_since", "due_at", "overdue_at", "next_timer_at")
_PLAIN: Final = ("state", "waits_for", "due_left", "due_for", "timers_done")


def merge(
    session: TenantSession,
    main_id: UUID,
    codes: Sequence[str],
    *,
    person: Person,
    reason: str = "",
    seen: int | None = None,
) -> Case:
    """End these open cases in the main one; answers the main case.

    Raises Invalid (field "codes": none, too many, another service, secret, a test among real ones), NotFound (one that isn't
    theirs to see), Forbidden (another unit's), Conflict (`sudah-berubah`; one is closed already or waits to go elsewhere).
    """
    if not codes:
        raise Invalid.field("codes", _("Pilih dulu laporan yang digabungkan."))
    if len(set(codes)) > MOST:
        raise Invalid.field("codes", _("Paling banyak %(most)s sekali jalan.", most=MOST))
    ids = dict(session.execute(select(Case.code, Case.id).where(Case.code.in_(set(codes)))).all())
    if len(ids) < len(set(codes)):
        raise NotFound
    if main_id in ids.values():
        raise Invalid.field("codes", _("Laporan ini tidak bisa digabung dengan dirinya sendiri."))
    # In the order of ids everywhere, so that two officers' locks never wait for each other in a ring.
    locked = {case_id: _for_work(session, case_id, person) for case_id in sorted({main_id, *ids.values()})}
    main = locked[main_id]
    require_fresh(session, main, seen)
    others = [locked[case_id] for case_id in ids.values()]
    _require_alike(main, others)
    words = {"reason": _clean(reason, "reason", 0, 5000)} if reason.strip() else None
    for other in others:
        _end(session, main, other, person, words)
    session.flush()
    announce(session, "case_moved", main.id)
    return main


def _for_work(session: TenantSession, case_id: UUID, person: Person) -> Case:
    case = lock(session, case_id)
    if not access.may_read(session, person, case):
        raise NotFound
    if person.kind != "staff" or not access.may_work(session, person, case):
        raise Forbidden(_("Laporan %(code)s ditangani unit lain.", code=case.code))
    return case


def _require_alike(main: Case, others: Sequence[Case]) -> None:
    for case in (main, *others):
        if not case.is_open:
            raise Conflict(_("Laporan %(code)s sudah selesai.", code=case.code), slug="sudah-selesai", code=case.code)
        if flow.is_asked(case.state) or flow.is_sending(case.state):
            raise Conflict(
                _("Laporan %(code)s sedang menunggu untuk diteruskan.", code=case.code), slug="sedang-diteruskan",
                code=case.code,
            )  # fmt: skip
        if case.visibility == "secret":
            raise Invalid.field("codes", _("Laporan yang sangat rahasia tidak bisa digabung."))
    for other in others:
        if other.service_id != main.service_id:
            raise Invalid.field("codes", _("Laporan %(code)s dari layanan lain.", code=other.code))
        if other.is_test != main.is_test:
            raise Invalid.field("codes", _("Laporan uji coba tidak bisa digabung dengan laporan warga."))


def _end(session: TenantSession, main: Case, other: Case, person: Person, words: Mapping[str, str] | None) -> None:
    at, left, before = now(), other.state, _snapshot(other)
    service, counted = catalogue.rules(session, other), 1 + other.followers
    other.state = flow.MERGED
    enter_state(other, service, units.calendar(session), at)
    other.outcome, other.closed_at, other.reopen_until = "merged", at, None
    data = {"into": main.code, "before": before, "counted": counted}
    timeline.append(
        session, other, "merged", person, at=at, from_state=left, to_state=flow.MERGED, data=data, words=words
    )
    timeline.append(session, main, "merged", person, at=at, data={"code": other.code})
    session.add(
        CaseLink(case_id=other.id, kind="merged_into", other_id=main.id, other_code=main.code, receiver="", made_at=at)
    )
    _follow(session, main, other, at)
    following.count(session, main, counted)
    audit.record(
        session, "case.merged", subject_kind="case", subject_id=other.id, data={"code": other.code, "into": main.code}
    )
    announce(session, "case_moved", other.id)
    announce(session, "case_closed", other.id)
    telling.tied(
        session, other, catalogue.rules(session, other), "merged", telling.tracking_url(session, main), main.code
    )


def _follow(session: TenantSession, main: Case, other: Case, at: datetime) -> None:
    """Whoever filed it counts as one who reports the same, once per case."""
    taken = (
        other.pseudonym == main.pseudonym
        or session.scalars(
            select(CaseFollower.id).where(CaseFollower.case_id == main.id, CaseFollower.person == other.pseudonym)
        ).first()
    )
    session.add(
        CaseFollower(
            id=new_id(), case_id=main.id, kind="also", person=None if taken else other.pseudonym, from_case=other.id,
            wants_news=False, added_at=at, language=other.language,
        )
    )  # fmt: skip
    session.flush()


def unmerge(session: TenantSession, case_id: UUID, *, person: Person, seen: int | None = None) -> Case:
    """Take a merged case out again, within 30 days and while the main one is open: it stands as it did before.

    Raises Conflict otherwise (with why), NotFound, Forbidden.
    """
    link = main_of(session, case_id)
    both = {case_id} | ({link.other_id} if link is not None and link.other_id is not None else set())
    locked = {key: _for_work(session, key, person) for key in sorted(both)}
    case = locked[case_id]
    require_fresh(session, case, seen)
    merged = _merging(session, case) if case.outcome == "merged" else None
    if link is None or link.other_id is None or merged is None:
        raise Conflict(_("Laporan ini tidak digabung dengan laporan lain."), slug="tidak-digabung")
    main, at = locked[link.other_id], now()
    if merged.at < at - UNDO_WITHIN:
        raise Conflict(_("Sudah lebih dari 30 hari: tidak bisa dipisah lagi."), slug="lewat-waktu")
    if not main.is_open:
        raise Conflict(
            _("Laporan %(code)s sudah selesai. Buka lagi dulu.", code=main.code), slug="sudah-selesai", code=main.code
        )
    _restore(session, case, merged.data["before"])
    case.outcome = case.closed_at = case.forget_at = None
    timeline.append(
        session,
        case,
        "merged",
        person,
        at=at,
        from_state=flow.MERGED,
        to_state=case.state,
        data={"unmerged": main.code},
    )
    timeline.append(session, main, "merged", person, at=at, data={"unmerged": case.code})
    for row in session.scalars(select(CaseFollower).where(CaseFollower.from_case == case.id)):
        session.delete(row)
    session.delete(link)
    session.flush()
    following.count(session, main, -int(merged.data.get("counted", 1)))
    data = {"code": case.code, "from": main.code}
    audit.record(session, "case.unmerged", subject_kind="case", subject_id=case.id, data=data)
    announce(session, "case_moved", case.id)
    telling.tied(
        session, case, catalogue.rules(session, case), "unmerged", telling.tracking_url(session, case), main.code
    )
    return case


def main_of(session: TenantSession, case_id: UUID) -> CaseLink | None:
    """The tie of a merged case to its main one."""
    query = select(CaseLink).where(CaseLink.case_id == case_id, CaseLink.kind == "merged_into")
    return session.scalars(query.order_by(CaseLink.id.desc())).first()


def parts_of(session: TenantSession, case_id: UUID) -> list[CaseLink]:
    """Ties of cases that were merged into this one, or split off it, oldest first."""
    query = select(CaseLink).where(CaseLink.other_id == case_id, CaseLink.kind.in_(("merged_into", "split_from")))
    return list(session.scalars(query.order_by(CaseLink.id)))


def _merging(session: TenantSession, case: Case) -> CaseEvent | None:
    query = select(CaseEvent).where(
        CaseEvent.case_id == case.id, CaseEvent.kind == "merged", CaseEvent.to_state == flow.MERGED
    )
    return session.scalars(query.order_by(CaseEvent.seq.desc()).limit(1)).first()


def _snapshot(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(case, name) for name in _PLAIN}
    found |= {name: str(value) if (value := getattr(case, name)) else None for name in _IDS}
    return found | {name: value.isoformat() if (value := getattr(case, name)) else None for name in _TIMES}


def _restore(session: TenantSession, case: Case, before: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        setattr(case, name, before[name])
    for name in _IDS:
        setattr(case, name, UUID(before[name]) if before[name] else None)
    for name in _TIMES:
        setattr(case, name, datetime.fromisoformat(before[name]) if before[name] else None)
    unit = units.unit(session, case.unit_id)
    if not unit.active:
        case.unit_id, case.assignee_id = units.admin_unit(session).id, None
    elif case.assignee_id not in {member.id for member in units.members_of(session, unit.id)}:
        case.assignee_id = None


def _clean(text: str, field: str, least: int, most: int) -> str:
    try:
        return clean_text(text, least=least, most=most)
    except ValueFault as fault:
        raise Invalid.field(field, str(fault)) from None
