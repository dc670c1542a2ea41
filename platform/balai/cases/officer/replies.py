"""Texts that a region answers with again and again, with places that are filled in for the case at hand."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select

from balai import audit
from balai.cases.models import Case
from balai.cases.officer.models import ReplyText
from balai.cases.people import Person
from balai.cases.values import ValueFault, clean_text
from balai.db import TenantSession
from balai.errors import FieldError, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _

PLACES: Final = ("kode", "layanan", "unit", "petugas", "nama", "tempat", "tanggal")
DEMANDS: Final = ("answer", "question", "reason", "note")
_PLACE = re.compile(r"\{([^{}\n]{0,40})\}")


def all_texts(session: TenantSession) -> list[ReplyText]:
    """Every text of the region, by title."""
    return list(session.scalars(select(ReplyText).order_by(ReplyText.title, ReplyText.id)))


def texts_for(session: TenantSession, case: Case) -> list[ReplyText]:
    """Texts that fit a case's service."""
    query = select(ReplyText).where(or_(ReplyText.service_id == "", ReplyText.service_id == case.service_id))
    return list(session.scalars(query.order_by(ReplyText.title, ReplyText.id)))


def text(session: TenantSession, text_id: UUID) -> ReplyText:
    """One text; NotFound when there is none."""
    found = session.get(ReplyText, (session.tenant_id, text_id))
    if found is None:
        raise NotFound
    return found


def fill(body: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; one without a value stays, so that the officer sees it."""
    return _PLACE.sub(lambda place: values.get(place.group(1)) or place.group(0), body)


def save(
    session: TenantSession,
    person: Person,
    *,
    given: Mapping[str, str],
    services: frozenset[str],
    text_id: UUID | None = None,
) -> ReplyText:
    """Make or change a text. Raises Invalid naming every fault, unknown places among them."""
    if not person.may("cases.assign"):
        raise Forbidden(_("Mengubah contoh jawaban adalah hak kepala unit atau admin."))
    errors: list[FieldError] = []
    found = ReplyText() if text_id is None else text(session, text_id)
    found.title = _clean(given, "title", 3, 80, errors)
    found.body = _clean(given, "body", 2, 5000, errors)
    unknown = sorted({p for p in _PLACE.findall(found.body) if p not in PLACES})
    if unknown:
        known = ", ".join("{" + place + "}" for place in PLACES)
        wrong = ", ".join("{" + place + "}" for place in unknown)
        errors.append(FieldError("body", _("%(wrong)s tidak dikenal. Yang bisa: %(known)s", wrong=wrong, known=known)))
    found.service_id, found.demand = given.get("service_id", ""), given.get("demand", "answer")
    if found.service_id and found.service_id not in services:
        errors.append(FieldError("service_id", _("Pilih salah satu.")))
    if found.demand not in DEMANDS:
        errors.append(FieldError("demand", _("Pilih salah satu.")))
    if errors:
        session.expunge(found) if text_id is None and found in session else None
        session.expire(found) if text_id is not None else None
        raise Invalid(errors)
    found.by_member = person.member_id
    session.add(found)
    session.flush()
    audit.record(
        session, "reply_text.saved", subject_kind="reply_text", subject_id=found.id, data={"title": found.title}
    )
    return found


def _clean(given: Mapping[str, str], name: str, least: int, most: int, errors: list[FieldError]) -> str:
    try:
        return clean_text(given.get(name, ""), least=least, most=most)
    except ValueFault as fault:
        errors.append(FieldError(name, str(fault)))
        return ""


def remove(session: TenantSession, person: Person, text_id: UUID) -> None:
    """Take a text out of the list; what was written with it stays."""
    if not person.may("cases.assign"):
        raise Forbidden(_("Mengubah contoh jawaban adalah hak kepala unit atau admin."))
    found = text(session, text_id)
    audit.record(
        session, "reply_text.removed", subject_kind="reply_text", subject_id=found.id, data={"title": found.title}
    )
    session.delete(found)
    session.flush()
