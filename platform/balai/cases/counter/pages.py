"""`/kelola/catat`: six fields for whoever stands at the counter, calls, writes, or sends a WhatsApp text."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, cases, db, files, web
from balai.auth import require
from balai.cases import sent, uploads, wording
from balai.cases.catalogue import tenant_of
from balai.cases.counter import reading, services, slips, topics, walls
from balai.cases.counter.services import CHANNELS, Note
from balai.cases.filing import Filed
from balai.cases.forms import data_fields
from balai.cases.uploads import PURPOSE, Kept
from balai.cases.viewers import staff
from balai.contracts import Service
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _

blueprint = Blueprint("cases_counter", __name__, url_prefix=walls.PATH, template_folder="../templates")
_FILINGS_PER_HOUR = 600
_LONGEST = 20_000


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def layout() -> str:
    """The console for officers; a sheet without menu, search and bell for whoever may only file."""
    return f"balai/layout/{'plain' if walls.only_files(auth.current()) else 'console'}.html"


@blueprint.get("")
@require("cases.file_for")
def form() -> Response:
    """The empty form; for WhatsApp first the box to paste into."""
    channel = request.args.get("jalur", "counter")
    if channel not in CHANNELS:
        channel = "counter"
    return _page(channel, Form.of({"client_id": str(uuid4())}), pasting=channel == "whatsapp")


@blueprint.post("")
@require("cases.file_for")
def save() -> AnyResponse:
    """File it and show the slip; or ask what the chosen service demands besides; or say what to correct."""
    web.count("cases.catat", allowed=_FILINGS_PER_HOUR, seconds=3600)
    given = request.form
    channel = given.get("c-jalur", "")
    if channel not in CHANNELS:
        raise NotFound
    if given.get("c-tahap") == "baca":
        return _suggested(channel)
    kept, faults = _keep_photos()
    try:
        service, _option = topics.chosen(db.session(), given.get("c-tentang", ""))
    except Invalid as invalid:
        db.commit()
        if not given.get("c-isi", "").strip():
            faults.insert(0, FieldError("c-isi", _("Bagian ini perlu diisi.")))
        return _page(channel, Form.of(given, [*faults, *invalid.errors]), {"c-foto": kept})
    others, more = uploads.keep_uploads(service)
    # A photo must outlive a form that is sent back.
    db.commit()
    every = {**others, "c-foto": kept}
    if given.get("c-rinci") != service.id and topics.remaining(service, _rest(service)):
        return _page(channel, Form.of(given, faults), every, service=service)
    try:
        filed = _file(channel, service, every, [*faults, *more])
    except Invalid as invalid:
        db.session().rollback()
        return _page(channel, Form.of(given, invalid), every, service=service)
    except Conflict as closed:
        db.session().rollback()
        return _closed(channel, service, closed, every)
    answer: Any = redirect(f"{walls.PATH}/slip/{filed.code}", 303)
    return slips.remember(answer, filed.code, filed.link_secret)


def _closed(channel: str, service: Service, closed: Conflict, kept: dict[str, list[Kept]]) -> Response:
    accepted = cases.accepts(tenant_of(db.session()), service, session=db.session())
    told = " ".join(
        filter(None, (closed.detail, _("Telepon:") + f" {accepted.call_instead}" if accepted.call_instead else ""))
    )
    page = _page(channel, Form.of(request.form, [FieldError("c-tentang", told)]), kept)
    page.status_code = 409
    return page


def _suggested(channel: str) -> Response:
    """The form, filled in as far as the pasted text lets one guess; nothing is filed yet."""
    pasted = request.form.get("c-isi", "")[:_LONGEST]
    values = {"client_id": request.form.get("client_id", "")}
    if not pasted.strip():
        faults = [FieldError("c-isi", _("Tempel dulu teksnya."))]
        return _page(channel, Form.of(values, faults), pasting=True)
    session = db.session()
    found = reading.read(pasted, topics.topics(session), sent.area_groups(session))
    values |= {
        "c-isi": found.text, "c-tentang": found.topic, "c-desa": found.region, "c-patokan": found.landmark,
        "c-pelapor": found.contact,
    }  # fmt: skip
    return _page(channel, Form.of(values), guessed=frozenset(key for key, value in values.items() if value))


def _file(channel: str, service: Service, kept: dict[str, list[Kept]], faults: list[FieldError]) -> Filed:
    if faults:
        raise Invalid(faults)
    session, given = db.session(), request.form
    stored = {key: [k.file_id for k in several] for key, several in kept.items()}
    note = Note(
        channel=channel,
        story=given.get("c-isi", ""),
        topic=given.get("c-tentang", ""),
        region=given.get("c-desa", ""),
        landmark=given.get("c-patokan", ""),
        contact=given.get("c-pelapor", ""),
        rest=_rest(service),
        photos=stored.pop("c-foto", []),
        files=stored,
    )
    who = staff(session, auth.signed_in())
    filed = services.take_down(session, service, note, person=who, client_id=_uuid(given.get("client_id")))
    if filed.created:
        for k in (k for several in kept.values() for k in several):
            files.claim(session, k.id, purpose=PURPOSE)
    db.commit()
    return filed


def _rest(service: Service) -> dict[str, Any]:
    """Answers to the service's own further questions; whatever isn't on this form isn't taken from it."""
    typed = sent.answers(service, request.form)
    lead = topics.lead_question(service)
    if lead is not None:
        typed[lead.key] = request.form.get("c-tentang", "").partition("|")[2]
    wanted = {f.key for f in topics.remaining(service, typed)}
    return {f.key: typed[f.key] for f in data_fields(service) if f.key in wanted and f.key in typed}


def _keep_photos() -> tuple[list[Kept], list[FieldError]]:
    """Photos of this request and of earlier attempts; refused ones as faults."""
    session = db.session()
    kept = [k for k in map(uploads.find_kept, request.form.getlist("c-foto_kept")[:3]) if k]
    faults: list[FieldError] = []
    for upload in [u for u in request.files.getlist("c-foto") if u.filename][:3]:
        stream: Any = upload.stream
        kinds: tuple[Any, ...] = ("image",)
        try:
            file, token = files.store_draft(session, stream, filename=upload.filename, kinds=kinds, field="c-foto")
            kept.append(uploads.kept_of(session, file, token))
        except Invalid as refused:
            faults += [FieldError("c-foto", e.message) for e in refused.errors]
    return kept, faults


def _page(
    channel: str,
    shown: Form,
    kept: dict[str, list[Kept]] | None = None,
    *,
    service: Service | None = None,
    pasting: bool = False,
    guessed: frozenset[str] = frozenset(),
) -> Response:
    session = db.session()
    offered: dict[str, list[topics.Topic]] = {}
    for topic in topics.topics(session):
        offered.setdefault(topic.title, []).append(topic)
    shown.labels = {
        "c-isi": _("Isi"), "c-tentang": _("Tentang apa?"), "c-desa": _("Desa atau kelurahan"), "c-patokan": _("Patokan"),
        "c-pelapor": _("Nama dan nomor HP"), "c-foto": _("Foto"),
    }  # fmt: skip
    service = wording.localise(service) if service else None
    rest = topics.remaining(service, _rest(service)) if service else []
    shown.labels |= {f.key: f.label for f in rest}
    return web.render_form(
        "cases/counter/form.html",
        shown,
        layout=layout(),
        helper=walls.only_files(auth.current()),
        channel=channel,
        channels=[(key, label) for key, label in channel_labels().items()],
        topics=offered,
        areas=sent.area_groups(session),
        kept=kept or {},
        service=service,
        rest=rest,
        conditions=sent.hints(service) if service else {},
        pasting=pasting,
        guessed=guessed,
        action=walls.PATH,
    )


def channel_labels() -> dict[str, str]:
    """The four ways in words."""
    return {"counter": _("Loket"), "phone": _("Telepon"), "letter": _("Surat"), "whatsapp": _("WA")}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
