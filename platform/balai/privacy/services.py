"""Citizen profiles and consents of the session's region."""

from dataclasses import dataclass

from sqlalchemy import select

from balai import keys
from balai.clock import now
from balai.db import TenantSession
from balai.errors import FieldError, Invalid
from balai.privacy.models import CitizenProfile, Consent
from balai.web.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Person:
    """What a region knows of a citizen, readable: for their own pages and for filling in forms."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


def find_profile(session: TenantSession, sub: str) -> CitizenProfile | None:
    """The profile of an account in this region, None when it never left one."""
    index = keys.blind_index(session, "sub", sub)
    return session.scalars(select(CitizenProfile).where(CitizenProfile.sub_index == index)).one_or_none()


def person(session: TenantSession, sub: str) -> Person:
    """What an account told this region about itself; empty when nothing."""
    profile = find_profile(session, sub)
    if profile is None:
        return Person()
    return Person(*(keys.reveal(session, profile, part) for part in ("name", "phone", "email")))


def save_profile(
    session: TenantSession, sub: str, *, name: str | None, phone: str | None, email: str | None
) -> CitizenProfile:
    """Keep what a citizen filled in; empty texts clear a value. Invalid names the field that can't be right."""
    values = _checked(name, phone, email)
    profile = find_profile(session, sub)
    if profile is None:
        profile = CitizenProfile(sub_index=keys.blind_index(session, "sub", sub))
        session.add(profile)
    for part, value in values.items():
        keys.seal(session, profile, part, value)
    profile.phone_index = keys.blind_index(session, "phone", values["phone"]) if values["phone"] else None
    profile.email_index = keys.blind_index(session, "email", values["email"]) if values["email"] else None
    profile.changed_at = now()
    session.flush()
    return profile


def forget_profile(session: TenantSession, sub: str) -> bool:
    """Delete a profile; False when there was none. Cases that were filed keep their own record."""
    profile = find_profile(session, sub)
    if profile is None:
        return False
    session.delete(profile)
    session.flush()
    return True


def record_consent(
    session: TenantSession, *, who: str, purpose: str, given: bool, wording: str, subject_id: str | None = None
) -> Consent:
    """Write down a yes or a no. who: from `consent_key`; wording: the very sentence that was shown."""
    consent = Consent(who=who, purpose=purpose, given=given, wording=wording, subject_id=subject_id, at=now())
    session.add(consent)
    session.flush()
    return consent


def has_consent(session: TenantSession, *, who: str, purpose: str, subject_id: str | None = None) -> bool:
    """Whether the newest answer to that purpose (about that subject) is a yes."""
    query = select(Consent.given).where(Consent.who == who, Consent.purpose == purpose)
    about = Consent.subject_id.is_(None) if subject_id is None else Consent.subject_id == subject_id
    newest = query.where(about).order_by(Consent.at.desc(), Consent.id.desc()).limit(1)
    return bool(session.scalars(newest).one_or_none())


def consent_key(session: TenantSession, *, sub: str | None = None, contact: str | None = None) -> str:
    """By which a person's consents are found again: the blind index of their account, or of the contact they gave."""
    if sub:
        return keys.blind_index(session, "sub", sub)
    if not contact:
        raise ValueError("a consent belongs to an account or a contact")
    return keys.blind_index(session, "email" if "@" in contact else "phone", contact)


def _checked(name: str | None, phone: str | None, email: str | None) -> dict[str, str | None]:
    values: dict[str, str | None] = {"name": " ".join((name or "").split()) or None, "phone": None, "email": None}
    faults = []
    for part, typed, words in (
        ("phone", phone, _("Nomor telepon tidak lengkap. Contoh: 0812 3456 7890.")),
        ("email", email, _("Alamat email tidak lengkap. Contoh: siti@contoh.id.")),
    ):
        try:
            values[part] = keys.normalise(part, typed) if typed and typed.strip() else None
        except ValueError:
            faults.append(FieldError(part, words))
    if faults:
        raise Invalid(faults)
    return values
