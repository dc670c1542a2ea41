"""`/kelola/keuangan/penyedia` and `/kelola/keuangan/rekonsiliasi`: providers' settings, and what the nights found."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.auth import require
from balai.billing.payments import gateways, placing
from balai.billing.payments.models import ReconciliationFinding, ReconciliationRun
from balai.billing.payments.providers import snap
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

PATH: Final = "/kelola/keuangan"
blueprint = Blueprint("billing_payments", __name__, url_prefix=PATH, template_folder="templates")
KINDS: Final[dict[str, tuple[Any, Any]]] = {
    "missing": (_l("Kabarnya tidak pernah sampai"), _l("Uangnya sudah dicatat malam itu. Periksa, lalu tandai.")),
    "double": (_l("Dibayar dua kali"), _l("Pembayaran kedua disimpan untuk pembayarnya. Kembalikan, atau pakai lagi.")),
    "amount": (_l("Jumlahnya berbeda"), _l("Dicatat seperti yang masuk. Periksa, lalu tandai.")),
    "unknown": (_l("Tidak ada tagihannya"), _l("Uangnya disimpan terpisah. Cari tagihannya, atau kembalikan.")),
    "refunded": (_l("Dikembalikan penyedia"), _l("Catatan kita belum berubah. Batalkan pembayarannya bila benar.")),
    "not_there": (_l("Tidak dikenal penyedia"), _l("Tanyakan ke penyedia. Bila memang tidak ada, batalkan pembayarannya.")),
    "waiting": (_l("Belum bisa dicatat"), _l("Kabarnya disimpan dan dicoba lagi tiap lima menit. Bila tetap, tanya pengelola.")),
    "unreadable": (_l("Kabar yang tidak terbaca"), _l("Kabarnya disimpan. Tanyakan ke penyedia.")),
}  # fmt: skip


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def uuid_of(text: str) -> UUID:
    """An id from an address; NotFound when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


# --- providers ---


@blueprint.get("/penyedia")
@require("billing.treasure")
def providers_page() -> Response:
    """Ways to pay that the region has, or could have."""
    session = db.session()
    return web.render(
        "billing/payments/providers.html", rows=[gateways.shown(session, p.key) for p in gateways.providers(session)]
    )


@blueprint.get("/penyedia/<provider>")
@require("billing.treasure")
def provider_page(provider: str) -> Response:
    """One provider's settings."""
    shown = gateways.shown(db.session(), provider)
    return _provider(shown, Form.of({**shown.values, "switched_on": "ya" if shown.switched_on else ""}))


@blueprint.post("/penyedia/<provider>")
@require("billing.treasure")
def save_provider(provider: str) -> AnyResponse:
    """Keep the settings. Secrets that were typed never come back into the page."""
    shown = gateways.shown(db.session(), provider)
    given = request.form.to_dict()
    try:
        gateways.save(db.session(), provider, given)
    except Invalid as problem:
        secret = {s.key for s in shown.provider.settings if s.is_secret}
        return _provider(shown, Form.of({k: v for k, v in given.items() if k not in secret}, problem))
    db.commit()
    web.flash(_("Pengaturan tersimpan."))
    return redirect(f"{PATH}/penyedia", 303)


def _provider(shown: gateways.Shown, form: Form) -> Response:
    tails = ("/v1.0/transfer-va/payment", "/v1.0/qr/qr-mpm-notify") if shown.provider is snap.PROVIDER else ("",)
    base = f"{request.host_url.rstrip('/')}/kait/billing/{shown.provider.key}/{g.tenant.slug}"
    callbacks = [base + tail for tail in tails] if shown.provider.verify is not None else []
    return web.render_form("billing/payments/provider.html", form, shown=shown, callbacks=callbacks)


# --- what the nights found ---


@blueprint.get("/rekonsiliasi")
@require("billing.treasure")
def findings_page() -> Response:
    """Open findings, those that were dealt with, and the last nights."""
    session, done = db.session(), request.args.get("lihat") == "selesai"
    runs = session.scalars(select(ReconciliationRun).order_by(ReconciliationRun.id.desc()).limit(10)).all()
    return web.render(
        "billing/payments/findings.html", rows=placing.open_findings(session, done=done), done=done, runs=runs, kinds=KINDS,
    )  # fmt: skip


@blueprint.get("/rekonsiliasi/<finding_id>")
@require("billing.treasure")
def finding_page(finding_id: str) -> Response:
    """One finding, and what to do about it."""
    return _finding(uuid_of(finding_id), Form.of({"action": "checked"}))


@blueprint.post("/rekonsiliasi/<finding_id>")
@require("billing.treasure")
def finish_finding(finding_id: str) -> AnyResponse:
    """Deal with it."""
    given, found = request.form, uuid_of(finding_id)
    try:
        placing.finish_finding(
            db.session(),
            found,
            action=given.get("action", ""),
            note=given.get("note", ""),
            member=auth.signed_in().member_id,
        )
    except Invalid as problem:
        return _finding(found, Form.of(given, problem))
    except Conflict as problem:
        db.session().rollback()
        return _finding(found, Form.of(given, [FieldError("", problem.detail or problem.title)]))
    db.commit()
    web.flash(_("Temuan ditandai selesai."))
    return redirect(f"{PATH}/rekonsiliasi", 303)


def _finding(finding_id: UUID, form: Form) -> Response:
    session = db.session()
    row = session.scalars(select(ReconciliationFinding).where(ReconciliationFinding.id == finding_id)).first()
    if row is None:
        raise NotFound
    labels = {
        "checked": _("Sudah diperiksa, tidak ada yang perlu diubah"),
        "reverse": _("Batalkan pembayaran ini di catatan kita"),
    }
    return web.render_form(
        "billing/payments/finding.html", form, row=row, kinds=KINDS,
        actions=[(key, labels[key]) for key in placing.actions_of(row)],
    )  # fmt: skip
