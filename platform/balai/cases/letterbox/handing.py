"""Everything of a person who is transferred goes to a colleague at once: tasks, units, headships, secret cases, requests.

What moves is chosen by parts ("unit:<id>", "lain", "rancangan"); a head sees and moves only the units that they lead, an admin
all of them. Taking it back is `undoing`'s.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.auth import Member
from balai.cases import access, units
from balai.cases.drawing.models import Drawing
from balai.cases.letterbox import leaving, queries, telling
from balai.cases.letterbox.models import HandOver
from balai.cases.models import Case, CaseReader, Unit, UnitMember
from balai.cases.people import Person
from balai.cases.values import ValueFault, clean_text
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import FieldError, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _

ELSEWHERE: Final = "lain"
DRAWINGS: Final = "rancangan"


@dataclass(frozen=True, slots=True)
class Part:
    """Something that can be handed over. cases, secrets: how many open ones; works, leads: what the unit's seat is."""

    key: str
    unit: Unit | None = None
    cases: int = 0
    secrets: int = 0
    drawings: int = 0
    works: bool = False
    leads: bool = False


def may(person: Person, held: Collection[Unit]) -> bool:
    """Whether this person may hand over for somebody who holds these units."""
    return person.is_admin or any(u.id in person.heads for u in held)


def parts_of(session: TenantSession, person: Person, member_id: UUID) -> list[Part]:
    """What this person may hand over for a member; Forbidden when that is nobody's business but others'."""
    held = queries.held_units(session, member_id)
    if not may(person, held):
        raise Forbidden(_("Menyerahkan pekerjaan orang lain adalah hak kepala unitnya atau admin."))
    counts = queries.open_by_unit(session, member_id)
    inside = set(session.scalars(select(UnitMember.unit_id).where(UnitMember.member_id == member_id)))
    parts = []
    for unit in held:
        if person.is_admin or unit.id in person.heads:
            tasks, secrets = counts.pop(unit.id, (0, 0))
            parts.append(
                Part(f"unit:{unit.id}", unit, tasks, secrets, works=unit.id in inside, leads=unit.head_id == member_id)
            )
    if not person.is_admin:
        return parts
    tasks, secrets = sum(n for n, _s in counts.values()), sum(s for _n, s in counts.values())
    if tasks or secrets:
        parts.append(Part(ELSEWHERE, cases=tasks, secrets=secrets))
    asked = len(_asked(session, member_id))
    return [*parts, Part(DRAWINGS, drawings=asked)] if asked else parts


def _asked(session: TenantSession, member_id: UUID) -> Sequence[Drawing]:
    """Drawings whose decision this member waits for."""
    query = select(Drawing).where(Drawing.asked_by == member_id, Drawing.state.in_(("asked", "refused")))
    return session.scalars(query.order_by(Drawing.id)).all()


def receivers(session: TenantSession, member_id: UUID) -> list[Member]:
    """Who may receive: everybody who works here and can get in."""
    query = select(Member).where(Member.active, Member.missing_since.is_(None), Member.id != member_id)
    return list(session.scalars(query.order_by(Member.name, Member.id)))


def member_of(session: TenantSession, member_id: UUID) -> Member:
    """The member whose work it is, suspended ones too; NotFound."""
    query = select(Member).where(Member.id == member_id, Member.active | Member.suspended_at.is_not(None))
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked wish: who gives, who receives, which parts, why."""

    member: Member
    to: Member
    parts: list[Part]
    reason: str

    @property
    def cases(self) -> int:
        """Open cases that would move."""
        return sum(p.cases + p.secrets for p in self.parts)


def plan(
    session: TenantSession, person: Person, member_id: UUID, *, to: UUID | None, keys_: Collection[str], reason: str
) -> Plan:
    """What would move to whom; raises Invalid with everything that needs correcting, NotFound, Forbidden."""
    member, errors = member_of(session, member_id), list[FieldError]()
    offered = {p.key: p for p in parts_of(session, person, member_id)}
    receiver = next((m for m in receivers(session, member_id) if m.id == to), None)
    if receiver is None:
        errors.append(FieldError("ke", _("Pilih orang yang bekerja di sini dan bisa masuk.")))
    if not keys_:
        errors.append(FieldError("bagian", _("Pilih paling sedikit satu.")))
    elif not set(keys_) <= offered.keys():
        errors.append(FieldError("bagian", _("Ada yang berubah sejak halaman ini dibuka. Periksa pilihannya lagi.")))
    why = ""
    try:
        why = clean_text(reason, least=3, most=500)
    except ValueFault as fault:
        errors.append(FieldError("alasan", str(fault)))
    if errors or receiver is None:
        raise Invalid(errors)
    wish = Plan(member, receiver, [p for key, p in offered.items() if key in keys_], why)
    _require_other_eyes(session, person, wish)
    return wish


def _require_other_eyes(session: TenantSession, person: Person, wish: Plan) -> None:
    """Nobody gives themselves secret cases to read, but the head of their unit."""
    if wish.to.id != person.member_id:
        return
    for case in _secrets(session, wish):
        if case.unit_id not in person.heads and not is_named(session, case.id, wish.to.id):
            words = _("Ada laporan sangat rahasia: serahkan kepada orang lain, bukan kepada Anda sendiri.")
            raise Invalid.field("ke", words)


def hand_over(
    session: TenantSession, person: Person, member_id: UUID, *, to: UUID | None, keys_: Collection[str], reason: str
) -> HandOver:
    """Do it: timeline rows (handed_over), seats, audit, one message to the receiver. Raises as `plan` does."""
    lock_members(session, member_id, to)
    wish = plan(session, person, member_id, to=to, keys_=keys_, reason=reason)
    made = HandOver(id=new_id(), member_id=wish.member.id, to_member=wish.to.id, by_member=person.member_id, parts={})
    keys.seal(session, made, "reason", wish.reason)
    moved = _move_cases(session, person, wish, made)
    done: dict[str, list[Any]] = {
        "cases": [[str(c.id), c.seq, str(c.assignee_id or "")] for c in moved],
        "readers": _move_readers(session, wish),
        "units": [_move_seat(session, wish, part) for part in wish.parts if part.unit is not None],
        "drawings": _move_drawings(session, wish),
    }
    made.parts = done
    session.add(made)
    leaving.keep_admin(session)
    session.flush()
    told = {
        "to": str(wish.to.id), "cases": len(moved), "named": len(done["readers"]), "reason": wish.reason,
        "units": [p.unit.name for p in wish.parts if p.unit is not None],
    }  # fmt: skip
    audit.record(session, "member.handed_over", subject_kind="member", subject_id=wish.member.id, data=told)
    if wish.cases:
        telling.handed_over(session, wish.to.id, wish.member.name, wish.cases)
    return made


def lock_members(session: TenantSession, *members: UUID | None) -> None:
    """Nobody may leave while work is given to or taken from them; in the order of ids, as everywhere."""
    wanted = [m for m in members if m is not None]
    session.execute(select(Member.id).where(Member.id.in_(wanted)).order_by(Member.id).with_for_update())


def _move_cases(session: TenantSession, person: Person, wish: Plan, made: HandOver) -> list[queries.Moved]:
    more = {"of": "member", "hand_over": str(made.id)}
    theirs = (Case.assignee_id == wish.member.id) & _within(session, wish)
    return queries.move(session, theirs, person=person, at=now(), assignee_id=wish.to.id, kind="handed_over", more=more)


def _within(session: TenantSession, wish: Plan) -> Any:
    """Condition on Case: it lies in one of the chosen parts."""
    chosen = [p.unit.id for p in wish.parts if p.unit is not None]
    if all(p.key != ELSEWHERE for p in wish.parts):
        return Case.unit_id.in_(chosen)
    others = {u.id for u in queries.held_units(session, wish.member.id)} - set(chosen)
    return Case.unit_id.not_in(others)


def _move_readers(session: TenantSession, wish: Plan) -> list[list[str]]:
    """Secret cases: the receiver is named instead; each time in the audit."""
    moved = []
    for case in _secrets(session, wish):
        knew = is_named(session, case.id, wish.to.id)
        access.name_reader(session, case, wish.to.id, now())
        unname(session, case.id, wish.member.id)
        data = {"code": case.code, "member": str(wish.to.id)}
        audit.record(session, "case.reader_named", subject_kind="case", subject_id=case.id, data=data)
        moved.append([str(case.id), "knew" if knew else ""])
    return moved


def _secrets(session: TenantSession, wish: Plan) -> Sequence[Case]:
    query = select(Case).where(
        Case.closed_at.is_(None), Case.id.in_(queries.read_by(session, wish.member.id)), _within(session, wish)
    )
    return session.scalars(query.order_by(Case.id)).all()


def is_named(session: TenantSession, case_id: UUID, member_id: UUID) -> bool:
    """Whether a member is named as reader of a secret case."""
    query = select(CaseReader.id).where(CaseReader.case_id == case_id, CaseReader.member_id == member_id)
    return session.scalars(query).first() is not None


def unname(session: TenantSession, case_id: UUID, member_id: UUID) -> None:
    """A member reads a secret case no more."""
    query = select(CaseReader).where(CaseReader.case_id == case_id, CaseReader.member_id == member_id)
    for row in session.scalars(query).all():
        session.delete(row)
    session.flush()


def _move_seat(session: TenantSession, wish: Plan, part: Part) -> dict[str, Any]:
    unit = part.unit
    assert unit is not None  # noqa: S101 - asked by the caller
    was = wish.to.id in {m.id for m in units.members_of(session, unit.id)}
    units.add_member(session, unit, wish.to.id)
    if part.leads:
        units.set_head(session, unit, wish.to.id)
    units.drop_member(session, unit, wish.member.id)
    leaving.empty(session, unit)
    return {"unit": str(unit.id), "head": part.leads, "works": part.works, "was": was}


def _move_drawings(session: TenantSession, wish: Plan) -> list[str]:
    if all(p.key != DRAWINGS for p in wish.parts):
        return []
    asked = _asked(session, wish.member.id)
    for drawing in asked:
        drawing.asked_by = wish.to.id
    return [str(d.id) for d in asked]


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody whose work may be handed over: units that count for the reader, open cases there."""

    member: Member
    units: tuple[str, ...]
    cases: int


def people(session: TenantSession, person: Person) -> list[Line]:
    """Everybody whose work this person may hand over, by name; empty for who leads nothing and is no admin."""
    query = select(Member).where(Member.active | Member.suspended_at.is_not(None)).order_by(Member.name, Member.id)
    lines = []
    for member in session.scalars(query).all():
        held = queries.held_units(session, member.id)
        if may(person, held):
            counts = queries.open_by_unit(session, member.id)
            seen = [u for u in held if person.is_admin or u.id in person.heads]
            wanted = counts if person.is_admin else {u.id for u in seen} & counts.keys()
            lines.append(Line(member, tuple(u.name for u in seen), sum(sum(counts[u]) for u in wanted)))
    return lines
