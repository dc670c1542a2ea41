"""Who takes over: an entry of the list of other bodies, or a service of another region on Balai."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import current_app, g

from balai.cases import catalogue, wording
from balai.cases.forms import FILE_TYPES, place_field
from balai.cases.models import Case, OtherBody
from balai.cases.personal import forget
from balai.cases.referral import bodies
from balai.contracts import Field, Service
from balai.db import TenantSession
from balai.errors import Invalid, NotFound
from balai.settings import current_settings
from balai.tenancy import Tenant, registry_scope, tenant_scope, tenants
from balai.tenancy.queries import tenant_by_region
from balai.web.i18n import gettext as _

BODY: Final = "instansi:"
REGION: Final = "daerah:"
# Where every region takes what fits nowhere else.
_COMPLAINTS: Final = "pengaduan"
_OTHER: Final = ("lainnya", "lain")
_WRITTEN: Final = ("longtext", "text")
_NOT_TAKEN: Final = FILE_TYPES | {"place", "region", "consent"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A service of another region that could take a case over. asks_place: it wants a village or district of its own."""

    service_id: str
    title: str
    asks_place: bool


@dataclass(frozen=True, slots=True)
class Receiver:
    """body, or tenant with service_id; text: name and contact as the reporter reads them."""

    text: str
    body: OtherBody | None = None
    tenant: Tenant | None = None
    service_id: str = ""


def parse(session: TenantSession, case: Case, service: Service, written: str) -> Receiver:
    """`instansi:<id>` or `daerah:<region code>:<service id>`; Invalid (field receiver) for anything else, free text above all."""
    if written.startswith(BODY):
        return _body(session, written[len(BODY) :])
    if written.startswith(REGION):
        code, _colon, service_id = written[len(REGION) :].partition(":")
        return _region(session, case, service, code, service_id)
    raise Invalid.field(
        "receiver", _("Pilih siapa yang berwenang: instansi dari daftar (instansi:…) atau daerah lain (daerah:…).")
    )


def _body(session: TenantSession, key: str) -> Receiver:
    try:
        entry = bodies.body(session, UUID(key))
    except (ValueError, NotFound):
        raise Invalid.field("receiver", _("Instansi ini tidak ada di daftar daerah ini.")) from None
    if entry.retired_at is not None:
        raise Invalid.field("receiver", _("Instansi ini sudah tidak dipakai. Pilih yang lain."))
    if not entry.is_reachable:
        raise Invalid.field("receiver", _("Lengkapi dulu kontak instansi ini: warga perlu tahu ke mana."))
    return Receiver(bodies.contact_line(entry), body=entry)


def _region(session: TenantSession, case: Case, service: Service, code: str, service_id: str) -> Receiver:
    tenant = other_region(session, code)
    if tenant is None:
        raise Invalid.field("receiver", _("Daerah ini belum memakai Balai. Pilih instansi lain dari daftar."))
    found = next((o for o in offers(session, case, service, tenant) if o.service_id == service_id), None)
    if found is None:
        raise Invalid.field("receiver", _("Layanan itu tidak bisa menerima laporan ini di daerah tujuan."))
    return Receiver(region_text(tenant, service_id), tenant=tenant, service_id=service_id)


def region_text(tenant: Tenant, service_id: str) -> str:
    """The region's name and where its service is found."""
    owner, _dot, key = service_id.partition(".")
    settings = current_settings()
    url = settings.public_url(settings.tenant_host(tenant.slug), f"/layanan/{owner}/{key}")
    return f"{tenant.name}\n{_('Situs')}: {url}"


def other_region(session: TenantSession, code: str) -> Tenant | None:
    """The active region of this code, if it is on Balai and another one than the session's."""
    with registry_scope() as registry:
        found = tenant_by_region(registry, code)
    usable = found is not None and found.status == "active" and found.kind == "region"
    return found if usable and found is not None and found.id != session.tenant_id else None


def regions(session: TenantSession) -> list[Tenant]:
    """Every other active region on Balai, by name; regencies and cities first (decision 38)."""
    found = [t for t in tenants() if t.id != session.tenant_id and t.region_code]
    return sorted(found, key=lambda t: (catalogue.level(t) != "kabkota", t.name))


@contextmanager
def inside(tenant: Tenant) -> Iterator[TenantSession]:
    """A session of the other region in a context of its own: nothing of this region's request or job is seen there."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way to the object
    with app.app_context():
        g.tenant = tenant
        with tenant_scope(tenant) as session:
            g.db_session = session
            yield session


def offers(session: TenantSession, case: Case, service: Service, tenant: Tenant) -> list[Offer]:
    """Services of another region that take new cases and that this one's answers fit: the same service first, then the same
    topic, then its complaints.
    """
    answers = answers_of(session, case)
    with inside(tenant) as there:
        ranked = []
        for found, accepted in catalogue.offers(there):
            rank = _rank(service, found)
            if rank is not None and accepted.open and fit(service, answers, found) is not None:
                ranked.append((rank, Offer(found.id, wording.localise(found).title, place_field(found) is not None)))
    return [offer for _rank_, offer in sorted(ranked, key=lambda pair: (pair[0], pair[1].title))]


def _rank(service: Service, other: Service) -> int | None:
    alike = (
        service.id == other.id, service.key == other.key, service.topic == other.topic,
        _COMPLAINTS in {other.topic, other.key},
    )  # fmt: skip
    return next((n for n, yes in enumerate(alike) if yes), None)


def answers_of(session: TenantSession, case: Case) -> dict[str, Any]:
    """What the reporter wrote, as they wrote it: open and sealed answers together."""
    return {**case.data, **forget.sealed_answers(session, case)}


def fit(service: Service, answers: Mapping[str, Any], other: Service) -> dict[str, Any] | None:
    """Answers for the other service's form, from those given here; None when one that it demands can't be had.

    A question with the same key and type keeps its answer; the main text goes where the other form asks for one; a choice that
    isn't there becomes "other". Answers that count as personal go along only where the same question is asked there.
    """
    own = {f.key: f for f in service.fields}
    told = main_text(service, answers)
    data: dict[str, Any] = {}
    place = place_field(other)
    for asked in other.fields:
        if asked is place or asked.type in _NOT_TAKEN:
            # What can't go along by itself: a file, another place, a consent that was given to somebody else.
            if asked.required and asked is not place and not asked.show_if:
                return None
            continue
        value = _answer(asked, own.get(asked.key), answers)
        if value is None and asked.type in _WRITTEN and asked.required and not asked.show_if and told:
            value, told = _shortened(asked, told), told if asked.type == "text" else ""
        if value is None and asked.type == "choice" and asked.required:
            value = next((option for option, _label in asked.options if option in _OTHER), None)
        if value is None and asked.required and not asked.show_if:
            return None
        if value is not None:
            data[asked.key] = value
    return data


def _answer(asked: Field, mine: Field | None, answers: Mapping[str, Any]) -> Any:
    value = answers.get(asked.key)
    if mine is None or mine.type != asked.type or value in (None, "", []):
        return None
    if asked.options:
        known = {option for option, _label in asked.options}
        if not (set(value) if isinstance(value, list) else {value}) <= known:
            return None
    return value


def main_text(service: Service, answers: Mapping[str, Any]) -> str:
    """What the report is about: the longest kind of text that was asked for and given."""
    for kind in _WRITTEN:
        for asked in service.fields:
            if asked.type == kind and asked.personal is None and answers.get(asked.key):
                return str(answers[asked.key])
    return ""


def _shortened(asked: Field, text: str) -> str:
    most = int(asked.limits.get("max_length", 5000 if asked.type == "longtext" else 200))
    text = text if asked.type == "longtext" else " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
