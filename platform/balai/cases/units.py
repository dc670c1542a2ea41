"""Units, their people, and which unit takes which slot. The admin unit takes whatever nobody else was named for."""

from collections.abc import Iterable
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from balai import audit
from balai.auth.models import Member
from balai.cases import queries
from balai.cases.models import OwnDay, SlotUnit, Unit, UnitMember, WorkWeek
from balai.cases.values import ValueFault, clean_text
from balai.cases.workdays import Calendar, read_weeks
from balai.db import TenantSession
from balai.errors import Invalid, NotFound
from balai.web.i18n import gettext as _

_CALENDAR = "balai.cases.calendar"


def admin_unit(session: TenantSession) -> Unit:
    """The unit of the region's admins, made at the first call."""
    found: Unit | None = next((u for u in session.identity_map.values() if isinstance(u, Unit) and u.is_admin), None)
    found = found or session.scalars(select(Unit).where(Unit.is_admin)).first()
    if found is None:
        # A name in the data, for whoever's language made it first; the region may change it.
        queries.make_admin_unit(session, "Admin daerah")
        found = session.scalars(select(Unit).where(Unit.is_admin)).one()
    return found


def adopt_admin(session: TenantSession, member_id: UUID) -> Unit:
    """Put an admin of the region into the admin unit; the first one becomes its head. Idempotent (onboarding, sign-in)."""
    unit = admin_unit(session)
    add_member(session, unit, member_id)
    if unit.head_id is None:
        unit.head_id = member_id
    session.flush()
    return unit


def staffed_unit_for(session: TenantSession, service_id: str, slot: str) -> Unit:
    """The unit to which a case goes on: the slot's own, or the admins' while nobody works in that one."""
    query = _mapped(service_id, slot).where(Unit.id.in_(_staffed_units()))
    return session.scalars(query).first() or admin_unit(session)


def is_staffed(session: TenantSession, unit_id: UUID) -> bool:
    """Whether somebody works in a unit who can get in."""
    return bool(_staffed(session, [unit_id]))


def _staffed(session: TenantSession, unit_ids: Iterable[UUID]) -> set[UUID]:
    return set(session.scalars(_staffed_units().where(UnitMember.unit_id.in_(list(unit_ids))).distinct()))


def _staffed_units() -> Select[UUID]:
    joined = (Member.tenant_id == UnitMember.tenant_id) & (Member.id == UnitMember.member_id)
    return select(UnitMember.unit_id).join(Member, joined).where(Member.active, Member.missing_since.is_(None))


def unit_for(session: TenantSession, service_id: str, slot: str) -> Unit:
    """The unit that takes this slot of a service here."""
    return session.scalars(_mapped(service_id, slot)).first() or admin_unit(session)


def _mapped(service_id: str, slot: str) -> Select[Unit]:
    joined = (SlotUnit.tenant_id == Unit.tenant_id) & (SlotUnit.unit_id == Unit.id)
    query = select(Unit).join(SlotUnit, joined)
    return query.where(SlotUnit.service_id == service_id, SlotUnit.slot == slot, Unit.active)


def units_for(session: TenantSession, wanted: Iterable[tuple[str, str]]) -> dict[str, Unit]:
    """Service id -> the unit that takes the named slot of it, for many services at once."""
    pairs = list(wanted)
    query = (
        select(SlotUnit.service_id, SlotUnit.slot, Unit)
        .join(Unit, (Unit.tenant_id == SlotUnit.tenant_id) & (Unit.id == SlotUnit.unit_id))
        .where(SlotUnit.service_id.in_([service_id for service_id, _slot in pairs]), Unit.active)
    )
    mapped = {(row[0], row[1]): row[2] for row in session.execute(query)} if pairs else {}
    return {service_id: mapped.get((service_id, slot)) or admin_unit(session) for service_id, slot in pairs}


def missing(session: TenantSession, unit: Unit) -> list[str]:
    """What keeps a unit from taking cases, in words for the console; empty when it can."""
    return missing_in(session, [unit])[unit.id]


def missing_in(session: TenantSession, asked: Iterable[Unit]) -> dict[UUID, list[str]]:
    """The same for many units at once, by id."""
    found = {unit.id: unit for unit in asked}
    staffed = _staffed(session, found) if found else set()
    return {unit_id: lacks(unit, staffed=unit_id in staffed) for unit_id, unit in found.items()}


def lacks(unit: Unit, *, staffed: bool) -> list[str]:
    """What keeps this unit from taking cases; staffed: an active member works in it."""
    said = []
    if not staffed:
        said.append(_("Unit “%(unit)s” belum punya anggota yang aktif.", unit=unit.name))
    if unit.head_id is None:
        said.append(_("Unit “%(unit)s” belum punya kepala.", unit=unit.name))
    return said


def calendar(session: TenantSession) -> Calendar:
    """Working days of the session's region."""
    from balai.cases.catalogue import tenant_of

    found = session.info.get(_CALENDAR)
    if found is None:
        own = {row.day: row.working for row in session.scalars(select(OwnDay))}
        weeks = read_weeks((row.since, row.days) for row in session.scalars(select(WorkWeek)))
        found = session.info[_CALENDAR] = Calendar(ZoneInfo(tenant_of(session).timezone), own, weeks)
    known: Calendar = found
    return known


def remember_calendar(session: TenantSession, read: Calendar | None) -> None:
    """What `calendar` would read, for a caller who has just read it; None: it was changed."""
    if read is None:
        session.info.pop(_CALENDAR, None)
    else:
        session.info[_CALENDAR] = read


def unit(session: TenantSession, unit_id: UUID) -> Unit:
    """One unit of this region; NotFound otherwise."""
    found = session.scalars(select(Unit).where(Unit.id == unit_id)).first()
    if found is None:
        raise NotFound
    return found


def all_units(session: TenantSession, *, active: bool = True) -> list[Unit]:
    """Units by name, the admin unit first."""
    query = select(Unit).order_by(Unit.is_admin.desc(), Unit.name)
    return list(session.scalars(query.where(Unit.active) if active else query))


def members_of(session: TenantSession, unit_id: UUID, *, active: bool = True) -> list[Member]:
    """People of a unit by name."""
    query = (
        select(Member)
        .join(UnitMember, (UnitMember.tenant_id == Member.tenant_id) & (UnitMember.member_id == Member.id))
        .where(UnitMember.unit_id == unit_id)
        .order_by(Member.name)
    )
    return list(session.scalars(query.where(Member.active) if active else query))


def units_of(session: TenantSession, member_id: UUID) -> list[Unit]:
    """Active units in which a member works."""
    query = (
        select(Unit)
        .join(UnitMember, (UnitMember.tenant_id == Unit.tenant_id) & (UnitMember.unit_id == Unit.id))
        .where(UnitMember.member_id == member_id, Unit.active)
    )
    return list(session.scalars(query))


def create_unit(
    session: TenantSession, *, name: str, phone: str = "", parent_id: UUID | None = None, head_id: UUID | None = None
) -> Unit:
    """A new unit; its head, if named, becomes a member too. Raises Invalid."""
    made = Unit(name=_name(name), phone=phone.strip()[:40], is_admin=False, active=True)
    made.parent_id = unit(session, parent_id).id if parent_id else None
    session.add(made)
    session.flush()
    if head_id:
        set_head(session, made, head_id)
    audit.record(session, "unit.created", subject_kind="unit", subject_id=made.id, data={"name": made.name})
    return made


def edit_unit(session: TenantSession, edited: Unit, *, name: str, phone: str, parent_id: UUID | None = None) -> Unit:
    """Change name, phone and place in the hierarchy; raises Invalid when a unit would stand under itself."""
    edited.name, edited.phone = _name(name), phone.strip()[:40]
    above = parent_id
    while above is not None:
        if above == edited.id:
            raise Invalid.field("parent_id", _("Sebuah unit tidak bisa berada di bawah dirinya sendiri."))
        above = unit(session, above).parent_id
    edited.parent_id = parent_id
    audit.record(session, "unit.changed", subject_kind="unit", subject_id=edited.id, data={"name": edited.name})
    return edited


def add_member(session: TenantSession, to: Unit, member_id: UUID) -> None:
    """Let an active member work in a unit; nothing happens when they already do."""
    _member(session, member_id)
    query = select(UnitMember).where(UnitMember.unit_id == to.id, UnitMember.member_id == member_id)
    if session.scalars(query).first() is None:
        session.add(UnitMember(unit_id=to.id, member_id=member_id))
        session.flush()
        _record(session, to, "unit.member_added", member_id)


def drop_member(session: TenantSession, unit_: Unit, member_id: UUID) -> None:
    """Take a member out of a unit, its headship included. What they were working on there is `letterbox`'s to give on."""
    query = select(UnitMember).where(UnitMember.unit_id == unit_.id, UnitMember.member_id == member_id)
    rows = session.scalars(query).all()
    for row in rows:
        session.delete(row)
    if rows or unit_.head_id == member_id:
        take_headship(session, unit_, member_id)
        _record(session, unit_, "unit.member_removed", member_id)


def take_headship(session: TenantSession, unit_: Unit, member_id: UUID) -> None:
    """Let a unit be without a head if it was this member."""
    if unit_.head_id == member_id:
        unit_.head_id = None
    session.flush()


def set_head(session: TenantSession, unit_: Unit, member_id: UUID | None) -> None:
    """Name the head of a unit (who is then a member of it too)."""
    if member_id is not None:
        add_member(session, unit_, member_id)
    unit_.head_id = member_id
    _record(session, unit_, "unit.head_set", member_id)


def map_slot(session: TenantSession, service_id: str, slot: str, unit_id: UUID | None) -> None:
    """Let a unit take a slot of a service from now on; None gives it back to the admin unit."""
    row = session.scalars(select(SlotUnit).where(SlotUnit.service_id == service_id, SlotUnit.slot == slot)).first()
    if unit_id is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(SlotUnit(service_id=service_id, slot=slot, unit_id=unit(session, unit_id).id))
    else:
        row.unit_id = unit(session, unit_id).id
    session.flush()
    data = {"slot": slot, "unit": str(unit_id or "")}
    audit.record(session, "service.slot_mapped", subject_kind="service", subject_id=service_id, data=data)


def slots(session: TenantSession, service_id: str) -> dict[str, UUID]:
    """Slot -> unit as mapped here; slots of the admin unit are left out."""
    return {r.slot: r.unit_id for r in session.scalars(select(SlotUnit).where(SlotUnit.service_id == service_id))}


def names(session: TenantSession, unit_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of units for a list."""
    wanted = {u for u in unit_ids if u}
    return {u.id: u.name for u in session.scalars(select(Unit).where(Unit.id.in_(wanted)))} if wanted else {}


def _member(session: TenantSession, member_id: UUID) -> Member:
    found = session.scalars(select(Member).where(Member.id == member_id, Member.active)).first()
    if found is None:
        raise Invalid.field("member_id", _("Orang ini bukan anggota aktif di daerah ini."))
    return found


def _name(raw: str) -> str:
    try:
        return " ".join(clean_text(raw, least=3, most=120).split())
    except ValueFault as fault:
        raise Invalid.field("name", str(fault)) from None


def _record(session: TenantSession, unit_: Unit, action: str, member_id: UUID | None) -> None:
    audit.record(session, action, subject_kind="unit", subject_id=unit_.id, data={"member": str(member_id or "")})
