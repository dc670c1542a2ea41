"""A form for citizens. The catalogue is in catalogue_pages.py, tracking in tracking.py. Everything works without JavaScript."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask import Blueprint, Response, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, cases, db, files, places, web
from balai.cases import by_phone, pinpoint, placing, visitor, wording
from balai.cases.catalogue import tenant_of
from balai.cases.desk import open_desk
from balai.cases.filing import Filed, Place, Reporter, file_case
from balai.cases.forms import data_fields, place_field, spoken
from balai.cases.personal import terms
from balai.cases.together import step as together
from balai.cases.uploads import PURPOSE, UPLOADS_PER_HOUR, Kept, find_kept, keep_uploads, kept_of
from balai.contracts import Service
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.settings import current_settings
from balai.web import Form
from balai.web.i18n import gettext as _

blueprint = Blueprint("cases", __name__, template_folder="templates")
# A phone behind a carrier's shared address is one of many: limits per address are wide, the exact ones are per device later.
_FILINGS_PER_HOUR = 300
_UPLOADS_PER_HOUR = UPLOADS_PER_HOUR
# Other rooms ask the same questions with the same drafts.
_keep_uploads, _find_kept, _kept = keep_uploads, find_kept, kept_of
# So many villages still make one list that a phone scrolls through; beyond that districts alone are asked.
_MOST_VILLAGES = 700


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound


def address(service: Service) -> str:
    """Path of a service's form."""
    return f"/layanan/{service.owner}/{service.key}"


@blueprint.get("/layanan/<owner>/<key>")
def form(owner: str, key: str) -> Response:
    """The empty form, or a page that says why there is none now and whom to call."""
    service = _public_service(owner, key)
    accepted = cases.accepts(tenant_of(db.session()), service, session=db.session())
    if not accepted.open:
        return web.render("cases/portal/closed.html", service=wording.localise(service), accepted=accepted)
    principal = auth.current()
    values = {"visibility": service.visibility, "anonymity": "named"}
    if "luring" in request.args and principal is None:
        # The copy that a phone keeps: it is about nobody, and has no id, or every report written on it would be the same one.
        return _show(service, Form.of(values), offline=True)
    values["client_id"] = str(uuid4())
    if principal is not None:
        values |= {"name": principal.name, "email": principal.email}
    return _show(service, Form.of(values))


@blueprint.get("/tempat/desa/<code>")
def villages(code: str) -> Response:
    """The second step of a place, for scripts."""
    return placing.villages_of(code)


@blueprint.post("/tempat/dekat")
def near() -> Response:
    """What a position suggests, for scripts."""
    return pinpoint.suggest()


@blueprint.get("/tempat/batas")
def border() -> Response:
    """The outline of this region, for the map."""
    return pinpoint.border()


@blueprint.post("/layanan/<owner>/<key>")
def send(owner: str, key: str) -> AnyResponse:
    """File it. What needs correcting comes back with everything that was typed, photos included."""
    service = _public_service(owner, key)
    web.count("cases.file", allowed=_FILINGS_PER_HOUR, seconds=3600)
    kept, faults = keep_uploads(service)
    # The photo must outlive a form that is sent back.
    db.commit()
    if placing.STEP in request.form:
        return _show(service, Form.of(request.form), kept)
    instead = together.before_filing(service, kept, faults)
    if instead is not None:
        return instead
    try:
        filed = _file(service, kept, faults)
    except Invalid as invalid:
        db.session().rollback()
        invalid = _name_the_step(invalid)
        return (
            by_phone.corrections(invalid) if by_phone.asks() else _show(service, Form.of(request.form, invalid), kept)
        )
    except Conflict as closed:
        db.session().rollback()
        if by_phone.asks():
            return by_phone.refusal(closed)
        accepted = cases.accepts(tenant_of(db.session()), service, session=db.session())
        page = web.render(
            "cases/portal/closed.html", service=wording.localise(service), accepted=accepted, detail=closed.detail
        )
        page.status_code = 409
        return page
    answer: Any = by_phone.taken(filed) if by_phone.asks() else redirect(f"/lacak/{filed.code}/terkirim", 303)
    return visitor.remember(answer, filed.code, filed.link_secret) if filed.link_secret else answer


def _file(service: Service, kept: dict[str, list["Kept"]], faults: list[FieldError]) -> Filed:
    session, given = db.session(), request.form
    principal = auth.current()
    reporter = Reporter(
        sub=principal.sub if principal else None,
        name=given.get("name", ""),
        phone=given.get("phone", ""),
        email=given.get("email", ""),
    )
    if faults:
        raise Invalid(faults)
    place = _place(given)
    pinpoint.require_here(session, place, given, address(service))
    # Everything that filing must know, in one statement: in a flood night this is what people wait for.
    desk = open_desk(session, service.id, given.get("region", ""))
    filed = file_case(
        session,
        desk.service,
        _answers(service, given),
        reporter=reporter,
        anonymity=given.get("anonymity", "named"),
        visibility=given.get("visibility") or None,
        place=place,
        files={key: [k.file_id for k in several] for key, several in kept.items()},
        client_id=_uuid(given.get("client_id")),
        desk=desk,
    )
    if filed.created:
        for k in (k for several in kept.values() for k in several):
            files.claim(session, k.id, purpose=PURPOSE, created_by=reporter.sub)
    db.commit()
    return filed


def _name_the_step(invalid: Invalid) -> Invalid:
    """Whoever took the first of two steps is told what the second one is."""

    def told(fault: FieldError) -> FieldError:
        if not placing.lacks_village(request.form, fault.field):
            return fault
        return FieldError(fault.field, _("Pilih desanya. Kalau tidak tahu, pilih “Tidak tahu desanya”."))

    return Invalid([told(fault) for fault in invalid.errors], invalid.detail)


def _answers(service: Service, given: "MultiDict[str, str]") -> dict[str, Any]:
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


def _place(given: "MultiDict[str, str]") -> Place:
    def degrees(name: str) -> float | None:
        text = given.get(name, "").strip().replace(",", ".")
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            raise Invalid.field(name, _("Tulis dengan angka, misalnya -6.9147.")) from None

    return Place(placing.area_of(given, "region"), given.get("landmark", ""), degrees("latitude"), degrees("longitude"))


def _show(
    service: Service, shown: Form, kept: dict[str, list[Kept]] | None = None, *, offline: bool = False
) -> Response:
    if not offline:
        web.personal()
    session, service = db.session(), wording.localise(service)
    place, voice = place_field(service), spoken(service)
    names = placing.names_of(service)
    return web.render_form(
        "cases/portal/form.html",
        shown,
        service=service,
        place=place,
        spoken=voice[1].key if voice else "",
        areas=placing.areas_for(session, shown.values, names) if names else placing.Areas(),
        tiles=_tiles(),
        kept=kept or {},
        conditions=_hints(service),
        contact_notice=terms.contact_sentence(),
        action=address(service),
    )


def _tiles() -> tuple[str, str]:
    """(address, credit) of the map's tiles, and leave to load them, which a page does only when asked; ("", "") = a blank map."""
    settings = current_settings()
    if settings.tiles_url:
        parts = urlsplit(settings.tiles_url.replace("{s}.", "*."))
        web.allow_images(f"{parts.scheme}://{parts.netloc}")
    return settings.tiles_url, settings.tiles_credit


def _hints(service: Service) -> dict[str, str]:
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


def area_groups(session: db.TenantSession) -> list[tuple[str, list[tuple[str, str]]]]:
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


def _public_service(owner: str, key: str) -> Service:
    service = cases.service(db.session(), f"{owner}.{key}")
    if service.audience != "public":
        raise NotFound
    return service


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
