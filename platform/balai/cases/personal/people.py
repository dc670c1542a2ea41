"""Everything that a region holds of one person, found by the blind index of a phone number, an e-mail address or a NIK.

It serves the rights of UU 27/2022: give a copy, correct, delete, restrict. Each act names the request that asked for it and is
audited. Secret cases are in no search, not even in this one: their named readers answer for them, and the page says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select

from balai import audit, keys, privacy
from balai.billing import Invoice
from balai.billing import personal as bills
from balai.cases.fees import SUBJECT as BILLED
from balai.cases.models import Case, CaseFollower, CaseLookup
from balai.clock import now
from balai.db import TenantSession
from balai.errors import FieldError, Invalid
from balai.privacy import CitizenProfile, Consent
from balai.web.i18n import gettext as _

# Pseudonyms hold for a year each: so far back followers are found.
_YEARS: Final = 6
MOST: Final = 500
Kind = str


@dataclass(frozen=True, slots=True)
class Hit:
    """A case in which the person stands. as_reporter: they filed it; kinds: where else their numbers stand (field, text)."""

    case: Case
    as_reporter: bool
    kinds: frozenset[str]


@dataclass(slots=True)
class Found:
    """All that was found. given: the normalised values that were looked for, by kind (a second one as `phone:lain`); more: there
    are others beyond MOST.
    """

    given: dict[Kind, str]
    hits: list[Hit] = field(default_factory=list)
    profiles: list[CitizenProfile] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    followed: list[CaseFollower] = field(default_factory=list)
    bills: list[Invoice] = field(default_factory=list)
    more: bool = False

    @property
    def own(self) -> list[Case]:
        """Cases that the person filed."""
        return [hit.case for hit in self.hits if hit.as_reporter]

    @property
    def empty(self) -> bool:
        """Whether nothing is held of this person."""
        return not (self.hits or self.profiles or self.consents or self.followed or self.bills)


def read_identifiers(given: Mapping[Kind, str]) -> dict[Kind, str]:
    """Phone, email and nik as typed -> in their one spelling; Invalid names what can't be one, or that none was given."""
    words = {
        "phone": _("Nomor HP ini tidak lengkap. Contoh: 0812 3456 7890."),
        "email": _("Alamat email ini tidak lengkap. Contoh: siti@contoh.id."),
        "nik": _("NIK terdiri dari 16 angka."),
    }
    values, faults = {}, []
    for kind, message in words.items():
        typed = given.get(kind, "").strip()
        try:
            if typed:
                values[kind] = keys.normalise(kind, typed)
        except ValueError:
            faults.append(FieldError(kind, message))
    if not values and not faults:
        faults.append(FieldError("phone", _("Isi paling sedikit satu: nomor HP, email, atau NIK.")))
    if faults:
        raise Invalid(faults)
    return values


def kind_of(key: Kind) -> Kind:
    """The kind behind a key of `given`."""
    return key.partition(":")[0]


def find_person(
    session: TenantSession, given: Mapping[Kind, str], *, sub: str | None = None, secret: bool = False
) -> Found:
    """Everything of a person; given: from `read_identifiers`; sub: their account, when they are signed in themselves; secret:
    their secret cases too (only for themselves).

    An account that a phone or e-mail leads to (its profile here) is followed further to the cases that it filed.
    """
    found = Found(dict(given))
    indexes = {kind: keys.blind_index(session, kind_of(kind), value) for kind, value in given.items()}
    found.profiles = _profiles(session, indexes, sub)
    subs = {p.sub_index for p in found.profiles} | ({keys.blind_index(session, "sub", sub)} if sub else set())
    found.hits = _hits(session, indexes, subs, secret=secret)
    found.more = len(found.hits) > MOST
    found.hits = found.hits[:MOST]
    who = {*indexes.values(), *subs}
    if who:
        found.consents = list(session.scalars(select(Consent).where(Consent.who.in_(who)).order_by(Consent.id)))
    found.followed = _followed(session, given, sub)
    own = {str(case.id) for case in found.own}
    # Of a secret case not even its bill is told to anybody but the person themselves.
    found.bills = [
        bill
        for bill in bills.bills_of(session, accounts=subs, kind=BILLED, ids=own, given=bills.contacts(given))
        if secret or bill.subject_kind != BILLED or bill.subject_id in own
    ]
    return found


def _profiles(session: TenantSession, indexes: Mapping[Kind, str], sub: str | None) -> list[CitizenProfile]:
    columns: dict[str, Any] = {"phone": CitizenProfile.phone_index, "email": CitizenProfile.email_index}
    wanted = [columns[kind_of(kind)] == index for kind, index in indexes.items() if kind_of(kind) in columns]
    if sub:
        wanted.append(CitizenProfile.sub_index == keys.blind_index(session, "sub", sub))
    return list(session.scalars(select(CitizenProfile).where(or_(*wanted)))) if wanted else []


def _hits(session: TenantSession, indexes: Mapping[Kind, str], subs: Iterable[str], *, secret: bool) -> list[Hit]:
    where: dict[UUID, set[str]] = {}
    if indexes:
        query = select(CaseLookup.case_id, CaseLookup.purpose).where(CaseLookup.value_index.in_(indexes.values()))
        for row in session.execute(query):
            where.setdefault(row.case_id, set()).add(row.purpose)
    wanted: list[Any] = []
    if where:
        wanted.append(Case.id.in_(where))
    if known := set(subs):
        wanted.append(Case.reporter_index.in_(known))
    if not wanted:
        return []
    found = select(Case).where(or_(*wanted)).order_by(Case.id.desc()).limit(MOST + 1)
    found = found if secret else found.where(Case.visibility != "secret")
    return [_hit(case, where.get(case.id, set()), known) for case in session.scalars(found)]


def _hit(case: Case, purposes: set[str], subs: set[str]) -> Hit:
    filed = case.reporter_index in subs or bool(purposes & {"phone", "email"})
    return Hit(case, filed, frozenset(p.partition(":")[0] for p in purposes if ":" in p))


def _followed(session: TenantSession, given: Mapping[Kind, str], sub: str | None) -> list[CaseFollower]:
    year = now().year
    names = set()
    for back in range(_YEARS):
        for kind, value in [("sub", sub), *given.items()]:
            if value and kind_of(kind) != "nik":
                named: dict[str, Any] = {kind_of(kind): value}
                names.add(keys.pseudonym(session, year - back, **named))
    return list(session.scalars(select(CaseFollower).where(CaseFollower.person.in_(names)))) if names else []


def record_look(session: TenantSession, found: Found, *, request: str, reason: str) -> None:
    """Write down that somebody looked for a person: by what, for which request, how much was there; never the values."""
    data = {"request": request, "reason": reason, "by": sorted(found.given), "cases": len(found.hits)}
    data["bills"] = len(found.bills)
    audit.record(session, "privacy.searched", subject_kind="request", subject_id=request, data=data)


def forget_profiles(session: TenantSession, profiles: Sequence[CitizenProfile]) -> int:
    """Delete what accounts told this region about themselves."""
    for profile in profiles:
        session.delete(profile)
    session.flush()
    return len(profiles)


def standing_consents(found: Found) -> list[Consent]:
    """The last answer to each sentence, where it is a yes."""
    newest = {(c.purpose, c.subject_id): c for c in sorted(found.consents, key=lambda c: (c.at, c.id))}
    return [consent for consent in newest.values() if consent.given]


def withdraw_consent(session: TenantSession, consent: Consent) -> Consent:
    """A no to the same sentence, as a row of its own: what was agreed to stays on record."""
    return privacy.record_consent(
        session,
        who=consent.who,
        purpose=consent.purpose,
        given=False,
        wording=consent.wording,
        subject_id=consent.subject_id,
    )
