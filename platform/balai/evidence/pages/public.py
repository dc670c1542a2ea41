"""`/manfaat`: what everybody sees. A bad verdict stands there 30 days after the leader saw it, with the leader's answer."""

from collections.abc import Sequence

from flask import Response
from sqlalchemy import select

from balai import db
from balai.clock import now
from balai.db import TenantSession
from balai.errors import NotFound
from balai.evidence import small, words
from balai.evidence.models import StageReason, VerdictRow
from balai.evidence.pages import lines, looks
from balai.evidence.pages.routes import portal
from balai.evidence.verdicts import rules, services
from balai.web import render


def overview() -> Response:
    """Every service and app with its verdict, in the same words as the leader's page (mounted by `ministry`)."""
    session = db.session()
    shown, waiting = visible(session)
    reasons = session.scalars(select(StageReason).order_by(StageReason.at.desc())).all()
    return render(
        "evidence/public.html", groups=lines.groups(shown), waiting=[lines.line(row) for row in waiting],
        saved=lines.could_be_saved(shown), stage_reasons=reasons,
    )  # fmt: skip


@portal.get("/layanan/<owner>/<key>")
def service(owner: str, key: str) -> Response:
    """One service: its verdict if it may be seen, its reasons, months and districts."""
    session = db.session()
    subject = f"{owner}.{key}"
    shown, waiting = visible(session)
    row = next((r for r in (*shown, *waiting) if r.subject == subject), None)
    if row is None:
        raise NotFound
    return render(
        "evidence/public_service.html", line=lines.line(row), judged=row in shown,
        looks=looks.for_everybody(looks.service(session, subject)), least=small.LEAST, channels=words.CHANNELS,
    )  # fmt: skip


@portal.get("/aturan")
def rules_page() -> Response:
    """The rules as they are applied."""
    return render("evidence/rules.html", rules=rules.published(), verdicts=words.VERDICTS)


def visible(session: TenantSession) -> tuple[Sequence[VerdictRow], Sequence[VerdictRow]]:
    """(rows whose verdict everybody may see, rows whose verdict the leader still has time to answer)."""
    at = now()
    shown: list[VerdictRow] = []
    waiting: list[VerdictRow] = []
    for row in services.this_month(session):
        public_from = services.public_from(row)
        (shown if public_from is None or public_from <= at else waiting).append(row)
    return shown, waiting
