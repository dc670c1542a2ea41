"""A service's form inside the console: to try it out, and for services that are for staff. The questions are the portal's own."""

from typing import Any
from uuid import uuid4

from flask import Response, request

from balai import auth, db, files, web
from balai.cases import sent, uploads, wording
from balai.cases.filing import Filed, Reporter, file_case
from balai.cases.forms import place_field
from balai.contracts import Service
from balai.errors import FieldError, Invalid
from balai.web import Form


def show_form(template: str, service: Service, form: Form, kept: Any = None, **more: Any) -> Response:
    """The page with the form; more: what the template needs besides."""
    session, service = db.session(), wording.localise(service)
    place = place_field(service)
    asks_area = place or any(f.type == "region" for f in service.fields)
    return web.render_form(
        f"cases/drawing/{template}.html", form, service=service, place=place,
        areas=sent.area_groups(session) if asks_area else [], kept=kept or {}, conditions=sent.hints(service),
        **more,
    )  # fmt: skip


def empty_form() -> Form:
    """A form that has its own id, so that pressing twice files once."""
    return Form.of({"client_id": str(uuid4())})


def take(service: Service, *, is_test: bool, again: Any) -> Filed | Response:
    """File what was sent, or `again(form, kept)` with everything typed and attached."""
    web.count("cases.file", allowed=sent.FILINGS_PER_HOUR, seconds=3600)
    kept, faults = uploads.keep_uploads(service)
    db.commit()
    try:
        return _filed(service, kept, faults, is_test=is_test)
    except Invalid as invalid:
        db.session().rollback()
        answer: Response = again(Form.of(request.form, invalid), kept)
        return answer


def _filed(service: Service, kept: Any, faults: list[FieldError], *, is_test: bool) -> Filed:
    if faults:
        raise Invalid(faults)
    session, given, who = db.session(), request.form, auth.signed_in()
    # A try-out belongs to nobody: it must not turn up among a person's own requests.
    reporter = Reporter() if is_test else Reporter(sub=who.sub, name=who.name, email=who.email)
    filed = file_case(
        session, service, sent.answers(service, given), reporter=reporter, place=sent.place(given), is_test=is_test,
        files={key: [k.file_id for k in several] for key, several in kept.items()}, client_id=sent.id_of(given.get("client_id")),
    )  # fmt: skip
    if filed.created:
        for k in (k for several in kept.values() for k in several):
            files.claim(session, k.id, purpose=uploads.PURPOSE, created_by=reporter.sub)
        if is_test:
            # Whoever tries it out takes the staff's steps as well.
            filed.case.assignee_id = who.member_id
    db.commit()
    return filed
