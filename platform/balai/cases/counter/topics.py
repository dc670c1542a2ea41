"""What a case can be about, as one list: each service, split by its first question where that is a choice.

One choice instead of two is what keeps the counter's form at six fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from balai import cases
from balai.cases import wording
from balai.cases.forms import FILE_TYPES, data_fields, is_shown, place_field
from balai.contracts import Field, Service
from balai.db import TenantSession
from balai.errors import Invalid, NotFound
from balai.web.i18n import gettext as _

_BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Topic:
    """One line of the list. value: `<service id>|<choice>`, as forms send it."""

    value: str
    title: str
    option: str
    summary: str
    keyword: str

    @property
    def label(self) -> str:
        """What the list shows."""
        return self.option or self.title


def topics(session: TenantSession) -> list[Topic]:
    """Everything that can be filed here right now: services for the public that take new cases."""
    found = []
    for service, accepted in cases.offers(session):
        if not accepted.open:
            continue
        shown = wording.localise(service)
        lead = lead_question(shown)
        summary = shown.summary.get("id", "")
        keyword = service.topic.replace("-", " ")
        for value, label in lead.options if lead else (("", ""),):
            found.append(Topic(f"{service.id}{_BETWEEN}{value}", shown.title, label, summary, keyword))
    return found


def lead_question(service: Service) -> Field | None:
    """The first question that everybody must answer by a choice."""
    return next((f for f in service.fields if f.type == "choice" and f.required and not f.show_if), None)


def story_question(service: Service) -> Field | None:
    """Where the words of the person go: the first long text that everybody is asked, else the first text."""
    for kind in ("longtext", "text"):
        for asked in data_fields(service):
            if asked.type == kind and not asked.show_if and not asked.personal:
                return asked
    return None


def photo_question(service: Service) -> Field | None:
    """Where a photo goes."""
    return next((f for f in service.fields if f.type == "photo"), None)


def chosen(session: TenantSession, value: str) -> tuple[Service, str]:
    """(service, answer to its lead question) for what the list sent; raises Invalid for the field c-tentang."""
    service_id, _bar, option = value.partition(_BETWEEN)
    try:
        service = cases.service(session, service_id)
    except NotFound:
        raise Invalid.field("c-tentang", _("Pilih dari daftar, tentang apa ini.")) from None
    if service.audience != "public":
        raise Invalid.field("c-tentang", _("Pilih dari daftar, tentang apa ini."))
    return service, option


def remaining(service: Service, answers: Mapping[str, Any]) -> list[Field]:
    """What a service demands besides the six: further required questions, with those that hang on them."""
    covered = {f.key for f in (lead_question(service), story_question(service), place_field(service)) if f}
    asked = {f.key: f for f in service.fields if f.required and f.key not in covered and f.type != "place"}
    photo = photo_question(service)
    if photo is not None:
        asked.pop(photo.key, None)
    return [f for f in asked.values() if is_shown(f, answers) or any(key in asked for key in f.show_if)]


def is_file(asked: Field) -> bool:
    """Whether a question is answered by a file."""
    return asked.type in FILE_TYPES
