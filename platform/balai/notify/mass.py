"""One text to a great many people at once: written set-based, in the order given, under the rules of a single message.

Fifty thousand jobs would cost more than the messages, and whoever waits for a receipt would stand behind all of them. So what is
queued is one feeding job per channel: it lays out a few deliveries, then itself behind them, and other messages get in between.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from balai import keys
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.jobs import defer
from balai.keys.bulk import spelling_indexer
from balai.notify import channels, circuit, delivering, queries, refusals, services, texts
from balai.notify.models import Message
from balai.notify.templates import template as known

CHUNK: Final = 5000
# Deliveries laid out at a time: about as many as stand before a single message that comes meanwhile.
FED: Final = 100


@dataclass(frozen=True, slots=True)
class Addressee:
    """One reader: by which channel ("email", "sms", a plugin's), the address there, and values beside those for everybody."""

    channel: str
    to: str
    values: Mapping[str, Any] = field(default_factory=dict)


def send_many(
    session: TenantSession,
    *,
    template: str,
    data: Mapping[str, Any],
    to: Iterable[Addressee],
    about: tuple[str, UUID],
    language: str = "id",
) -> list[UUID]:
    """Write one message to each and queue their deliveries, in the session's transaction; ids in the order given.

    The first ones are brought first. template: one for citizens; data: values for everybody; about: kind and id of what it is
    about. As with `send`: who refuses such messages gets none (unwanted), and what isn't urgent waits for the morning.
    KeyError for an unknown template or a value that is missing, ValueError for a template for staff.
    """
    if known(template).audience != "citizen":
        raise ValueError(f"{template} speaks to staff: send")
    rest, made = iter(to), _Mailing(session, template, data, language)
    ids: list[UUID] = []
    queued: dict[str, list[UUID]] = defaultdict(list)
    session.flush()
    with queries.written_ahead(session):
        while chunk := list(islice(rest, CHUNK)):
            for (channel, state), rows in made.written(chunk, ids).items():
                head = queries.Head(channel, template, *about, state, made.urgent, made.due_at(channel))
                queries.add_messages(session, head, rows)
                if state == "queued":
                    queued[channel] += (rows[0].id, rows[-1].id)
    for channel, found in queued.items():
        begin = UUID(int=min(found).int - 1)
        _lay(session, channel, about[1], after=begin, until=max(found), at=made.due_at(channel))
    return ids


class _Mailing:
    """What all messages of one sending have in common, looked up once."""

    def __init__(self, session: TenantSession, template: str, data: Mapping[str, Any], language: str) -> None:
        made = known(template)
        self.urgent = made.urgent
        self._session, self._data, self._language = session, data, language
        self._compose = texts.composer(session, template, language=language)
        self._seal = keys.sealer(session, Message.__tablename__)
        self._refused = refusals.refused(session) if made.optional else None
        # Asked before the first chunk: nothing is read while statements are sent ahead.
        self._phones = frozenset(filter(channels.is_phone, channels.installed()))
        self._index = {purpose: spelling_indexer(session, purpose) for purpose in ("phone", "email")}
        self._due = {
            key: None if made.urgent else delivering.night_ends(session, key, now()) for key in channels.installed()
        }

    def due_at(self, channel: str) -> datetime | None:
        """Not before this; None = at once."""
        return self._due.get(channel)

    def written(self, chunk: Iterable[Addressee], ids: list[UUID]) -> dict[tuple[str, str], list[queries.NewMessage]]:
        """(channel, state) -> rows; their ids are added to `ids` in the order given."""
        groups: dict[tuple[str, str], list[queries.NewMessage]] = defaultdict(list)
        for reader in chunk:
            row, state = self._row(reader)
            ids.append(row.id)
            groups[reader.channel, state].append(row)
        return groups

    def _row(self, reader: Addressee) -> tuple[queries.NewMessage, str]:
        row_id, state = new_id(), "queued"
        to, index = self._address(reader)
        subject, body = self._compose({**self._data, **reader.values}).for_channel(reader.channel)
        if self._refused is not None and index is not None:
            state = "unwanted" if index in self._refused else state
            body += services.way_out(self._session, index, self._language)
        seal, place = self._seal, str(row_id)
        return queries.NewMessage(
            row_id, seal(to, "recipient", place), index, seal(subject, "subject", place), seal(body, "body", place)
        ), state

    def _address(self, reader: Addressee) -> tuple[str, str | None]:
        """The address and its index as `send` keeps them; what is none is left for the channel to refuse."""
        try:
            spelled, index = self._index["email" if reader.channel == channels.EMAIL else "phone"](reader.to)
        except ValueError:
            return reader.to, None
        return spelled if reader.channel in self._phones else reader.to, index


def feed(session: TenantSession, *, channel: str, about: UUID, after: UUID, until: UUID) -> int:
    """Lay out the next deliveries and, when more wait, itself behind them; how many. A channel that rests is left alone."""
    if (rest := circuit.resting_until(session, channel)) is not None:
        _lay(session, channel, about, after=after, until=until, at=rest + timedelta(seconds=1))
        return 0
    found = queries.waiting_ids(session, channel, about, after=after, until=until, limit=FED)
    for message_id in found:
        delivering.queue_id(session, channel, message_id)
    if len(found) == FED:
        _lay(session, channel, about, after=found[-1], until=until)
    return len(found)


def _lay(
    session: TenantSession, channel: str, about: UUID, *, after: UUID, until: UUID, at: datetime | None = None
) -> None:
    """Queue the feeding job: behind the channel's deliveries, or without their lock for a time to come (see delivering)."""
    from balai.notify.tasks import feed_messages

    ids: dict[str, Any] = {"channel": channel, "about_id": about, "after": after, "until": until}
    if at is not None and at > now():
        defer(session, feed_messages, schedule_at=at, **ids)
    else:
        defer(session, feed_messages, lock=delivering.lock_of(channel), **ids)
