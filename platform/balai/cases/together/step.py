"""Between a public form and its filing: is somebody reporting the same already? Join them, or say that it is something else.

Works without scripts: a page with everything that was typed in hidden fields. A phone's own sender (JSON) is never stopped here.
"""

from typing import Any, Final
from uuid import UUID

from flask import Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.cases import by_phone, sent, wording
from balai.cases.codes import CodeError, parse_code
from balai.cases.drafts import Place, Reporter, check_draft
from balai.cases.models import Case
from balai.cases.referral.receivers import main_text
from balai.cases.together import following, nearby
from balai.contracts import Service
from balai.errors import Conflict, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _
from balai.web.i18n import language

_PER_HOUR: Final = 120
JOIN, OTHERWISE, BACK = "ikut", "berbeda", "kembali"
_OWN: Final = frozenset({JOIN, OTHERWISE, BACK, "_kunci", "situs"})


def before_filing(service: Service, kept: dict[str, Any], faults: list[Any]) -> AnyResponse | None:
    """The answer instead of filing; None = go on and file."""
    given = request.form
    if by_phone.asks():
        return None
    if given.get(BACK):
        return _form_again(service, Form.of(given), kept)
    if given.get(JOIN):
        return _join(service, kept, given[JOIN])
    chosen = given.get("visibility") or service.visibility
    return None if faults or given.get(OTHERWISE) or chosen != "public" else _look(service, kept)


def _look(service: Service, kept: dict[str, Any]) -> AnyResponse | None:
    """The page that asks; None when there is nothing like it, or something to correct first."""
    from balai.cases import portal  # which asks this room before it files

    given = request.form
    try:
        place = sent.place(given)
    except Invalid:
        return None
    session, text = db.session(), main_text(service, given)
    found = nearby.similar(
        session, service, text=text, region=place.region, latitude=place.latitude, longitude=place.longitude
    )
    if not found or _is_filed(sent.id_of(given.get("client_id"))) or not _is_sound(service, kept, place):
        return None
    web.personal()
    return web.render(
        "cases/together/similar.html",
        service=wording.localise(service),
        similar=found,
        action=portal.address(service),
        typed=_typed(kept),
        told=given.get("phone") or given.get("email"),
        has_files=any(kept.values()),
    )


def _is_filed(client_id: UUID | None) -> bool:
    """Whether this is the second copy of a form that was filed: its answer is the first one's."""
    if client_id is None:
        return False
    return db.session().scalars(select(Case.id).where(Case.client_id == client_id)).first() is not None


def _is_sound(service: Service, kept: dict[str, Any], place: Place) -> bool:
    """Whether it could be filed as it is: what needs correcting is said first."""
    given = request.form
    reporter = Reporter(name=given.get("name", ""), phone=given.get("phone", ""), email=given.get("email", ""))
    try:
        check_draft(
            db.session(), service, sent.answers(service, given), "web", reporter, given.get("anonymity", "named"),
            given.get("visibility") or None, place, {key: [k.file_id for k in several] for key, several in kept.items()},
        )  # fmt: skip
    except Invalid:
        return False
    return True


def _typed(kept: dict[str, Any]) -> list[tuple[str, str]]:
    """Everything that was typed and attached, for hidden fields."""
    pairs = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _OWN and not name.endswith("_kept")
    ]
    return pairs + [(f"{key}_kept", one.id) for key, several in kept.items() for one in several]


def _join(service: Service, kept: dict[str, Any], code: str) -> AnyResponse:
    web.count("cases.join", allowed=_PER_HOUR, seconds=3600)
    given, session, principal = request.form, db.session(), auth.current()
    named = given.get("anonymity", "named") == "named"
    reporter = Reporter(
        sub=principal.sub if principal is not None and named else None,
        phone=given.get("phone", ""), email=given.get("email", ""),
    )  # fmt: skip
    try:
        case = following.public_case(session, parse_code(code))
        following.limit(case)
        following.join(
            session, case.id, service_id=service.id, reporter=reporter, words=main_text(service, given),
            client_id=sent.id_of(given.get("client_id")), language=language(),
        )  # fmt: skip
        db.commit()
    except CodeError:
        raise NotFound from None
    except Conflict as closed:
        session.rollback()
        web.flash(closed.detail or closed.title, "warn")
        return _form_again(service, Form.of(given), kept)
    except Invalid as invalid:
        session.rollback()
        return _form_again(service, Form.of(given, invalid), kept)
    told = bool(reporter.phone or reporter.email)
    web.flash(
        _("Terima kasih, Anda ikut melaporkan ini. Kabarnya kami kirim juga kepada Anda.")
        if told
        else _("Terima kasih, Anda ikut melaporkan ini. Simpan kodenya untuk melihat perkembangannya.")
    )
    return redirect(f"/lacak/{case.code}", 303)


def _form_again(service: Service, shown: Form, kept: dict[str, Any]) -> Response:
    from balai.cases import portal

    return portal.show_form(service, shown, kept)
