"""What a form that was sent holds, and what stands beside its questions: the same on the portal, at the counter, in the console
and in a try-out.
"""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from balai import places
from balai.cases import placing
from balai.cases.catalogue import tenant_of
from balai.cases.drafts import Place
from balai.cases.forms import data_fields
from balai.cases.personal import terms
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import Invalid
from balai.web.i18n import gettext as _

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

# A phone behind a carrier's shared address is one of many: limits per address are wide, the exact ones are per device later.
FILINGS_PER_HOUR: Final = 300
# So many villages still make one list that a phone scrolls through; beyond that districts alone are asked.
_MOST_VILLAGES: Final = 700
_MOST_PREFILLED: Final = 200


def answers(service: Service, given: "MultiDict[str, str]") -> dict[str, Any]:
    """What was typed for a service's questions, by key, unchecked; files and the place are told elsewhere."""
    data: dict[str, Any] = {}
    for asked in data_fields(service):
        if asked.type == "multichoice":
            data[asked.key] = given.getlist(asked.key)
        elif asked.type == "consent":
            data[asked.key] = asked.key in given
        elif asked.type == "region":
            data[asked.key] = placing.area_of(given, asked.key)
        elif asked.key in given:
            data[asked.key] = given[asked.key]
    return data


def prefilled(service: Service, given: "MultiDict[str, str]") -> dict[str, str]:
    """What a link answers already, such as the number on a bill: texts that aren't about a person, as if they had been typed."""
    asked = (field for field in data_fields(service) if field.type == "text" and field.personal is None)
    return {field.key: given[field.key][:_MOST_PREFILLED] for field in asked if given.get(field.key)}


def place(given: "MultiDict[str, str]") -> Place:
    """Where it is, unchecked but for its numbers; raises Invalid (latitude, longitude)."""

    def degrees(name: str) -> float | None:
        text = given.get(name, "").strip().replace(",", ".")
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            raise Invalid.field(name, _("Tulis dengan angka, misalnya -6.9147.")) from None

    return Place(placing.area_of(given, "region"), given.get("landmark", ""), degrees("latitude"), degrees("longitude"))


def hints(service: Service) -> dict[str, str]:
    """What stands beside a question: when it is asked (without JavaScript it is always shown), and for personal answers what
    for, on which basis and how long.
    """
    words = _conditions(service)
    for asked in service.fields:
        if asked.personal:
            words[asked.key] = " ".join(filter(None, (words.get(asked.key), terms.field_sentence(asked))))
    return words


def _conditions(service: Service) -> dict[str, str]:
    words = {}
    for asked in service.fields:
        parts = []
        for key, wanted in asked.show_if.items():
            other = service.field(key)
            labels = dict(other.options)
            parts.append(f"“{other.label}” {' / '.join(labels.get(v, v) for v in wanted)}")
        if parts:
            words[asked.key] = f"{_('Isi hanya bila')} {', '.join(parts)}."
    return words


def area_groups(session: TenantSession) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices of village under district (or, in a province, of district under regency): (group, [(code, name)])."""
    districts, villages = places.districts(session), places.villages(session)
    if len(villages) <= _MOST_VILLAGES:
        below: dict[str, list[tuple[str, str]]] = {}
        for village in villages:
            below.setdefault(village.parent_code, []).append((village.code, village.name))
        return [(d.name, below.get(d.code) or [(d.code, d.name)]) for d in districts]
    parents = {a.code: a.name for a in places.areas(session, tenant_of(session).region_code or "")}
    grouped: dict[str, list[tuple[str, str]]] = {}
    for district in districts:
        grouped.setdefault(parents.get(district.parent_code, ""), []).append((district.code, district.name))
    return sorted(grouped.items())


def id_of(text: str | None) -> UUID | None:
    """An id, None for whatever isn't one."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
