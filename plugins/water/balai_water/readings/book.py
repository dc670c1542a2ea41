"""The readings of some connections from a month on: read at once, changed in memory, walked anew, written at once.

One stand from a phone and a file of a hundred thousand take the same way, so they come to the same figures.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from balai.api import TenantSession, current_tenant, new_id, now
from balai_water.quiet import no_collecting
from balai_water.readings import queries
from balai_water.readings.queries import Note, Row
from balai_water.readings.walking import Amends, Figures, Ground, Meter, Said, amend, figure, rank

CHUNK: Final = 4000


@dataclass(frozen=True, slots=True)
class Entry:
    """A stand that arrived. stand: None for an estimate; read_at: when it was read; client_id: made by the sender, once for ever.

    accepted_use: the m3 that a person has agreed to beforehand.
    """

    connection_id: UUID
    month: date
    stand: int | None
    kind: str
    client_id: UUID
    read_at: datetime
    member_id: UUID | None = None
    photo_id: UUID | None = None
    note: str = ""
    accepted_use: int | None = None


@dataclass(slots=True)
class Book:
    """See the module. periods: state by month; since: the first month that may change."""

    session: TenantSession
    periods: Mapping[date, str]
    since: date
    zone: ZoneInfo
    rows: dict[UUID, dict[date, Row]] = field(default_factory=dict)
    _meters: Mapping[UUID, list[Meter]] = field(default_factory=dict)
    _grounds: dict[UUID, tuple[Ground, date]] = field(default_factory=dict)
    _corrections: dict[UUID, list[tuple[date, Amends]]] = field(default_factory=dict)
    _new: set[UUID] = field(default_factory=set)
    _touched: set[UUID] = field(default_factory=set)
    _notes: list[Note] = field(default_factory=list)

    @classmethod
    def of(
        cls, session: TenantSession, periods: Mapping[date, str], ids: Sequence[UUID], since: date,
        meters: Mapping[UUID, list[Meter]] | None = None,
    ) -> "Book":  # fmt: skip
        """Everything that is known of these connections. meters: when the caller has just read them."""
        book = cls(session, periods, since, here())
        if meters is None:
            meters = meters_of(session, ids)
        for owner, stand, meter_id, credit, recent, month in queries.grounds_of(session, ids, since):
            book._grounds[owner] = Ground(stand, meter_id, credit, tuple(recent)), month
        for row in queries.rows_of(session, ids, since):
            book.rows.setdefault(row.connection_id, {})[row.month] = row
        for owner, month, stand, delta in queries.corrections_of(session, ids):
            book._corrections.setdefault(owner, []).append((month, Amends(stand, delta)))
        book._meters = meters
        return book

    def meters(self, connection_id: UUID) -> list[Meter]:
        """Meters of a connection, in the order in which they were mounted."""
        return self._meters.get(connection_id, [])

    def take(self, entry: Entry) -> str:
        """Let an entry into its month: "new", "replaced" (it is better than what stood there) or "second"."""
        months = self.rows.setdefault(entry.connection_id, {})
        row = months.get(entry.month)
        if row is None:
            months[entry.month] = row = _row(entry)
            self._new.add(row.id)
            return "new"
        # What was sent for re-reading gives way to whatever arrives; nothing contradicts a guess.
        asked_again = row.state == "refused"
        ranks = rank(entry.kind, entry.read_at, entry.client_id), rank(row.kind, row.read_at, row.client_id)
        wins = asked_again or ranks[0] > ranks[1]
        differs = ranks[0][0] == ranks[1][0] > 0 and not asked_again and (row.differs or entry.stand != row.stand)
        if not wins:
            if differs and not row.differs:
                row.differs = True
                self.touch(row)
            self.note(row, "second", entry.client_id, after=_told(entry), photo_id=entry.photo_id)
            return "second"
        self.note(row, "replaced", row.client_id, before=facts(row), after=_told(entry), photo_id=row.photo_id)
        row.stand, row.kind, row.client_id, row.read_at = entry.stand, entry.kind, entry.client_id, entry.read_at
        row.member_id, row.photo_id, row.note, row.received_at = entry.member_id, entry.photo_id, entry.note, now()
        row.state, row.accepted_use, row.differs = "accepted", entry.accepted_use, differs
        self.touch(row)
        return "replaced"

    def keep_late(self, entry: Entry) -> None:
        """A reading for a month that is closed: it changes nothing any more, and isn't lost."""
        self.note(
            _row(entry), "late", entry.client_id, after=_told(entry), member_id=entry.member_id, photo_id=entry.photo_id
        )

    def touch(self, row: Row) -> None:
        """This row is written, also when its figures stay the same."""
        self._touched.add(row.id)

    def note(
        self, row: Row, act: str, client_id: UUID | None = None, *, before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None, reason: str = "", member_id: UUID | None = None, photo_id: UUID | None = None,
    ) -> Note:  # fmt: skip
        """Remember what happened to a month's reading."""
        told = Note(
            id=new_id(), connection_id=row.connection_id, month=row.month, at=now(), act=act, client_id=client_id,
            before=before or {}, after=after or {}, reason=reason, member_id=member_id, photo_id=photo_id,
        )  # fmt: skip
        self._notes.append(told)
        return told

    def ground(self, row: Row) -> Ground:
        """What a row's month begins with, as things stand."""
        ground, reached = self._grounds.get(row.connection_id, (Ground(), date.min))
        for month, earlier in sorted(self.rows[row.connection_id].items()):
            if month < row.month:
                ground, reached = ground_after(earlier), month
        return self._amended(row.connection_id, ground, reached, row.month)

    def look(self, row: Row) -> Figures:
        """What a row comes to as it is now, without writing anything."""
        return figure(self.ground(row), said_of(row, self.zone), self.meters(row.connection_id))

    def settle_with(self, note: Note, row: Row) -> None:
        """Settle, and let a note tell what the row came to."""
        self._notes.remove(note)
        self.settle()
        note.after = facts(row)
        queries.note(self.session, [note])

    def settle(self) -> None:
        """Walk every connection from `since` on and write what is new or different."""
        with no_collecting(), queries.written_ahead(self.session):
            every = list(self.rows)
            for start in range(0, len(every), CHUNK):
                added: list[Row] = []
                changed: list[Row] = []
                for owner in every[start : start + CHUNK]:
                    for row, is_different in self._walk(owner):
                        if row.id in self._new:
                            added.append(row)
                        elif is_different:
                            changed.append(row)
                queries.add(self.session, added)
                queries.change(self.session, changed)
            queries.note(self.session, self._notes)
        for done in (self._new, self._touched, self._notes):
            done.clear()

    def _walk(self, owner: UUID) -> Iterator[tuple[Row, bool]]:
        months, meters = self.rows[owner], self.meters(owner)
        ground, reached = self._grounds.get(owner, (Ground(), date.min))
        for month in sorted(months) if len(months) > 1 else months:
            row = months[month]
            if self.periods.get(month) == "closed":
                ground, reached = ground_after(row), month
                continue
            ground = self._amended(owner, ground, reached, month)
            found = figure(ground, said_of(row, self.zone), meters)
            is_different = _put(row, found)
            yield row, is_different or row.id in self._touched
            ground, reached = found.after, month

    def _amended(self, owner: UUID, ground: Ground, reached: date, month: date) -> Ground:
        amends = self._corrections.get(owner)
        return amend(ground, [a for at, a in amends if reached < at <= month]) if amends else ground


def meters_of(session: TenantSession, ids: Iterable[UUID]) -> dict[UUID, list[Meter]]:
    """Meters by connection, in the order in which they were mounted."""
    found: dict[UUID, list[Meter]] = defaultdict(list)
    for owner, *values in queries.meters_of(session, ids):
        found[owner].append(Meter(*values))
    return found


def facts(row: Row) -> dict[str, Any]:
    """What is kept of a reading when it changes."""
    told = {"stand": row.stand, "use": row.use, "kind": row.kind, "state": row.state, "flags": list(row.flags)}
    return told | {"read_at": row.read_at.isoformat()}


def _told(entry: Entry) -> dict[str, Any]:
    return {"stand": entry.stand, "kind": entry.kind, "read_at": entry.read_at.isoformat()}


def _row(entry: Entry) -> Row:
    return Row(
        id=new_id(), connection_id=entry.connection_id, month=entry.month, stand=entry.stand, kind=entry.kind,
        client_id=entry.client_id, read_at=entry.read_at, received_at=now(), member_id=entry.member_id,
        photo_id=entry.photo_id, note=entry.note, accepted_use=entry.accepted_use,
    )  # fmt: skip


def ground_after(row: Row) -> Ground:
    """What the month after a reading begins with."""
    return Ground(row.base_stand, row.base_meter_id, row.credit, tuple(row.recent))


def said_of(row: Row, zone: ZoneInfo) -> Said:
    """What a row says, without what was reckoned from it."""
    day = row.read_at.astimezone(zone).date()
    return Said(row.stand, day, row.differs, row.accepted_use, row.state == "refused")


def _put(row: Row, found: Figures) -> bool:
    """Write figures into a row; whether any is new."""
    after = found.after
    fresh = (
        found.meter_id, found.previous, found.use, tuple(found.flags), found.state, after.credit, tuple(after.recent),
        after.stand, after.meter_id,
    )  # fmt: skip
    old = (
        row.meter_id, row.previous, row.use, tuple(row.flags), row.state, row.credit, tuple(row.recent), row.base_stand,
        row.base_meter_id,
    )  # fmt: skip
    row.meter_id, row.previous, row.use, row.flags, row.state = fresh[:5]
    row.credit, row.recent, row.base_stand, row.base_meter_id = fresh[5:]
    return fresh != old


def here() -> ZoneInfo:
    """The region's own time."""
    tenant = current_tenant()
    return tenant.zone if tenant is not None else ZoneInfo("Asia/Jakarta")
