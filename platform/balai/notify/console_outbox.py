"""The admin's view of what leaves: messages that didn't arrive, what to do about them, and numbers per month."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from babel.dates import format_date
from flask import Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, plugins, web
from balai.auth import require
from balai.clock import now
from balai.errors import NotFound
from balai.notify import circuit, queries, services
from balai.notify.console import OWN, blueprint, uuid_of
from balai.notify.models import Message
from balai.web.i18n import SOURCE, languages
from balai.web.i18n import gettext as _

_PAGE = 50
_MONTHS = 12
_BACK = "/kelola/pesan"


def channel_labels() -> dict[str, str]:
    """Key -> name of every channel that is installed."""
    return {made.key: str(made.label) for _owner, made in plugins.manager().brought("channels")}


@blueprint.get("")
def unsent_page() -> AnyResponse:
    """Kept and undelivered messages, those on their way, and channels that rest; whoever isn't admin is led to their own."""
    if "members.manage" not in auth.signed_in().permissions:
        return redirect(OWN, 303)
    session = db.session()
    chosen = request.args.get("jalur", "")
    labels = channel_labels()
    found = services.unsent(
        session,
        before=uuid_of(request.args.get("sebelum")),
        limit=_PAGE + 1,
        channel=chosen if chosen in labels else "",
    )
    rows, more = found[:_PAGE], len(found) > _PAGE
    suffix = f"&jalur={chosen}" if chosen in labels else ""
    return web.render(
        "notify/unsent.html",
        rows=_lines(session, rows),
        waiting=_lines(session, services.waiting(session)),
        more=f"{_BACK}?sebelum={rows[-1].id}{suffix}" if more else None,
        labels=labels,
        chosen=chosen,
        resting=[
            (labels[key], state.problem, state.open_until)
            for key in labels
            if (state := circuit.state_of(session, key)) and state.open_until and state.open_until > now()
        ],
    )


def _lines(session: db.TenantSession, rows: Iterable[Message]) -> list[dict[str, Any]]:
    return [
        {"row": m, "to": services.masked_recipient(session, m), "subject": services.text_of(session, m)[0]}
        for m in rows
    ]


def _message(message_id: UUID) -> Message:
    found = db.session().scalars(select(Message).where(Message.id == message_id).with_for_update()).first()
    if found is None:
        raise NotFound
    return found


@blueprint.post("/keluar/<uuid:message_id>/ulangi")
@require("members.manage")
def resend_one(message_id: UUID) -> AnyResponse:
    """Try one again."""
    services.resend(db.session(), _message(message_id))
    db.commit()
    web.flash(_("Pesan dikirim lagi."))
    return redirect(_BACK, 303)


@blueprint.post("/keluar/ulangi")
@require("members.manage")
def resend_channel() -> AnyResponse:
    """Try all of one channel again."""
    channel = request.form.get("jalur", "")
    count = services.resend_all(db.session(), channel) if channel in channel_labels() else 0
    db.commit()
    web.flash(_("%(count)s pesan dikirim lagi.", count=count))
    return redirect(_BACK, 303)


@blueprint.get("/keluar/<uuid:message_id>/buang")
@require("members.manage")
def ask_drop(message_id: UUID) -> Response:
    """Ask once more before a message is given up."""
    row = _message(message_id)
    return web.render("notify/drop.html", line=_lines(db.session(), [row])[0], labels=channel_labels())


@blueprint.post("/keluar/<uuid:message_id>/buang")
@require("members.manage")
def drop_one(message_id: UUID) -> AnyResponse:
    """Give one up."""
    services.drop(db.session(), _message(message_id))
    db.commit()
    web.flash(_("Pesan dibuang."))
    return redirect(_BACK, 303)


@blueprint.get("/jumlah")
@require("members.manage")
def counts_page() -> Response:
    """Messages per month and channel, this month and the eleven before it."""
    zone = g.tenant.zone
    local = now().astimezone(zone)
    first = (local.year * 12 + local.month - 1) - (_MONTHS - 1)
    since = datetime(first // 12, first % 12 + 1, 1, tzinfo=zone)
    found = queries.counts(db.session(), since=since, until=now() + timedelta(seconds=1), zone=g.tenant.timezone)
    return web.render(
        "notify/counts.html",
        counts=found,
        months={count.month: _month(count.month) for count in found},
        labels=channel_labels(),
    )


def _month(month: str) -> str:
    """November 2026, in the reader's language."""
    day = date.fromisoformat(f"{month}-01")
    language = web.language()
    return format_date(day, "MMMM y", locale=language if language in languages() else SOURCE)
