"""A form for citizens. The catalogue is in catalogue_pages.py, tracking in tracking.py. Everything works without JavaScript."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, cases, db, files, plugins, web
from balai.cases import by_phone, pinpoint, placing, sent, visitor, wording
from balai.cases.catalogue import tenant_of
from balai.cases.desk import open_desk
from balai.cases.filing import Filed, Reporter, file_case
from balai.cases.forms import place_field, spoken
from balai.cases.personal import terms
from balai.cases.together import step as together
from balai.cases.uploads import PURPOSE, Kept, keep_uploads
from balai.contracts import FormNote, Service
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

blueprint = Blueprint("cases", __name__, template_folder="templates")


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
        return show_form(service, Form.of(values), offline=True)
    values |= sent.prefilled(service, request.args) | {"client_id": str(uuid4())}
    if principal is not None:
        values |= {"name": principal.name, "email": principal.email}
    return show_form(service, Form.of(values))


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
    web.count("cases.file", allowed=sent.FILINGS_PER_HOUR, seconds=3600)
    kept, faults = keep_uploads(service)
    # The photo must outlive a form that is sent back.
    db.commit()
    if placing.STEP in request.form:
        return show_form(service, Form.of(request.form), kept)
    instead = together.before_filing(service, kept, faults)
    if instead is not None:
        return instead
    try:
        filed = _file(service, kept, faults)
    except Invalid as invalid:
        db.session().rollback()
        invalid = _name_the_step(invalid)
        return (
            by_phone.corrections(invalid)
            if by_phone.asks()
            else show_form(service, Form.of(request.form, invalid), kept)
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
    place = sent.place(given)
    pinpoint.require_here(session, place, given, address(service))
    # Everything that filing must know, in one statement: in a flood night this is what people wait for.
    desk = open_desk(session, service.id, given.get("region", ""))
    filed = file_case(
        session,
        desk.service,
        sent.answers(service, given),
        reporter=reporter,
        anonymity=given.get("anonymity", "named"),
        visibility=given.get("visibility") or None,
        place=place,
        files={key: [k.file_id for k in several] for key, several in kept.items()},
        client_id=sent.id_of(given.get("client_id")),
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


def show_form(
    service: Service, shown: Form, kept: dict[str, list[Kept]] | None = None, *, offline: bool = False
) -> Response:
    """The form as it stands, with what was typed and attached. offline: the copy that a phone keeps, which is about nobody."""
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
        tiles=web.map_tiles(),
        kept=kept or {},
        conditions=sent.hints(service),
        contact_notice=terms.contact_sentence(),
        action=address(service),
        notes=[] if offline else _notes(session, service),
    )


def _notes(session: db.TenantSession, service: Service) -> list[FormNote]:
    """What plugins want people to know before they file."""
    tenant = tenant_of(session)
    found = plugins.hooks(tenant).collect_form_notes(tenant=tenant, session=session, service_id=service.id)
    return [note for several in found for note in several]


def _public_service(owner: str, key: str) -> Service:
    service = cases.service(db.session(), f"{owner}.{key}")
    if service.audience != "public":
        raise NotFound
    return service
