"""Filing for somebody, and what that somebody says of it later."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import notify
from balai.cases import access, acting, catalogue, telling, timeline, units
from balai.cases.counter import topics
from balai.cases.counter.queries import MARK
from balai.cases.filing import Filed, Place, Reporter, file_case
from balai.cases.forms import place_field
from balai.cases.models import Case, CaseEvent
from balai.cases.moving import lock
from balai.cases.people import Person
from balai.cases.values import ValueFault, clean_text
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

# The ways in which a case reaches a counter.
CHANNELS: Final = ("counter", "phone", "letter", "whatsapp")
_PHONE = re.compile(r"(?:\+?62|0)[\d\s.()-]{6,20}\d")
_ANY_NUMBER = re.compile(r"\d{4,}|\d[\d\s.()-]{3,}\d")
_MOST_WORDS = 1000
_SAMPLE = {
    "code": "3273-7K2M9-QX4TB-H", "service": "Pengaduan", "region": "Kota Bandung", "unit": "Unit Penerangan Jalan",
    "link": "https://bandung.contoh.id/lacak/3273-7K2M9-QX4TB-H", "due": "", "words": "", "summary": "Lampu jalan mati",
    "state": "Diterima",
}  # fmt: skip
notify.register(
    "cases.staff_not_mine",
    _l("Pelapor berkata bukan laporannya: %(summary)s"),
    _l(
        "%(service)s %(code)s dicatat petugas untuk seseorang. Orang itu membuka tautannya dan menjawab: bukan laporan saya."
        " Periksa lagi sebelum dikerjakan."
    ),
    _SAMPLE,
    audience="staff",
)


@dataclass(frozen=True, slots=True)
class Note:
    """What was taken down. topic: as the list sends it; contact: name and phone in one line; rest: answers to what the chosen
    service demands besides; files: stored files by field key, photos: stored photos for whichever field takes them.
    """

    channel: str
    story: str
    topic: str
    region: str = ""
    landmark: str = ""
    contact: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)
    photos: Sequence[UUID] = ()
    files: Mapping[str, Sequence[UUID]] = field(default_factory=dict)


def take_down(session: TenantSession, service: Service, note: Note, *, person: Person, client_id: UUID | None) -> Filed:
    """File it for whoever came, as an assisted case; Invalid names the fields of the counter's form, Conflict when closed.

    service: the topic's, as `topics.chosen` gave it; person: the member who takes it down; client_id: a second call with the
    same one answers the first case.
    """
    if not person.may("cases.file_for") or person.member_id is None:
        raise Forbidden
    if note.channel not in CHANNELS:
        raise Invalid.field("", _("Jalur ini tidak dikenal."))
    reporter = read_contact(note.contact)
    photo = topics.photo_question(service)
    given = dict(note.files) | ({photo.key: note.photos} if photo and note.photos else {})
    asks_place = place_field(service) is not None
    try:
        filed = file_case(
            session,
            service,
            answers(service, note),
            channel=note.channel,
            reporter=reporter,
            place=Place(note.region, note.landmark) if asks_place else None,
            files=given,
            assisted_by=person,
            client_id=client_id,
        )
    except Invalid as invalid:
        raise Invalid(_as_asked(service, invalid.errors)) from None
    if filed.created and note.photos and photo is None:
        # The service asks for no photo; what the person brought is kept with the case all the same.
        session.flush()
        holder = Person("citizen", holds=frozenset({filed.case.id}))
        acting.attach(session, filed.case.id, note.photos, person=holder)
    return filed


def answers(service: Service, note: Note) -> dict[str, Any]:
    """The service's own questions, answered from the six fields and what it demands besides."""
    data = dict(note.rest)
    lead, story = topics.lead_question(service), topics.story_question(service)
    if lead is not None:
        data[lead.key] = note.topic.partition("|")[2]
    if story is not None:
        data[story.key] = note.story
    return data


def read_contact(text: str) -> Reporter:
    """Name and phone from one line such as "Rina Sari 0812 3456 7890". Raises Invalid for the field c-pelapor."""
    try:
        line = " ".join(clean_text(text, most=160).split())
    except ValueFault as fault:
        raise Invalid.field("c-pelapor", str(fault)) from None
    found = _PHONE.search(line)
    phone = found[0] if found else ""
    name = line.replace(phone, " ") if phone else line
    if _ANY_NUMBER.search(name):
        raise Invalid.field("c-pelapor", _("Nomor HP ini tidak lengkap. Contoh: Rina Sari 0812 3456 7890."))
    return Reporter(name=" ".join(name.strip(" ,;:/-()+").split()), phone=phone)


def _as_asked(service: Service, errors: Sequence[FieldError]) -> list[FieldError]:
    """Faults of the service's questions as faults of the counter's fields."""
    lead, story, photo = (
        topics.lead_question(service),
        topics.story_question(service),
        topics.photo_question(service),
    )
    names = {"region": "c-desa", "landmark": "c-patokan", "name": "c-pelapor", "phone": "c-pelapor", "channel": ""}
    for asked, name in ((lead, "c-tentang"), (story, "c-isi"), (photo, "c-foto")):
        if asked is not None:
            names[asked.key] = name
    return [FieldError(names.get(e.field, e.field), e.message) for e in errors]


def said(session: TenantSession, case: Case) -> str:
    """What the reporter said of an assisted case: confirmed, disputed, or "" so far."""
    query = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind.in_(("confirmed", "disputed")))
    return next((e.kind for e in session.scalars(query.order_by(CaseEvent.seq)) if e.data.get("of") == MARK["of"]), "")


def say(session: TenantSession, case_id: UUID, *, mine: bool, words: str = "", person: Person) -> Case:
    """The reporter confirms that a case which staff took down is theirs, or disputes it; once. A dispute reaches the unit.

    Raises NotFound for anybody else and for cases that nobody took down, Conflict the second time.
    """
    case = lock(session, case_id)
    if not case.assisted or not access.is_reporter(person, case):
        raise NotFound
    if said(session, case):
        raise Conflict(_("Anda sudah menjawab. Terima kasih."), slug="sudah-dijawab")
    try:
        text = clean_text(words, most=_MOST_WORDS)
    except ValueFault as fault:
        raise Invalid.field("pesan", str(fault)) from None
    kind = "confirmed" if mine else "disputed"
    timeline.append(session, case, kind, person, public=False, data=MARK, words={"reply": text} if text else None)
    session.flush()
    if not mine:
        _tell_unit(session, case)
    return case


def _tell_unit(session: TenantSession, case: Case) -> None:
    unit = units.unit(session, case.unit_id)
    members = [m.id for m in units.members_of(session, unit.id)]
    people = {case.assignee_id, unit.head_id} - {None} or set(members)
    data = telling.values(session, case, catalogue.rules(session, case))
    for member_id in people:
        notify.send(
            session, channel=notify.IN_APP, to=None, template="cases.staff_not_mine", data=data, case=case.id,
            member=member_id,
        )  # fmt: skip
