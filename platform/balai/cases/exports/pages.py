"""The inbox as a file: a page that says what it will hold, then the download. Each download is an entry in the record."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request, stream_with_context

from balai import audit, auth, db, web
from balai.auth import require
from balai.cases import catalogue, console, queries, units
from balai.cases.exports import services
from balai.clock import now
from balai.errors import Forbidden, Invalid, NotFound
from balai.web import Form, formats
from balai.web.i18n import gettext as _

blueprint = Blueprint("cases_exports", __name__, url_prefix="/kelola/laporan", template_folder="../templates")
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LEAST_REASON, _MOST_REASON = 5, 500
# The words of the inbox's filters that say nothing about a citizen; what was searched for is not kept in the record.
_KEPT = ("antrean", "keadaan", "layanan", "unit", "wilayah", "uji")


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


@blueprint.get("/ekspor")
@require("cases.work")
def ask() -> Response:
    """Which file, and with which columns."""
    return _page(Form.of({"jenis": "xlsx"}))


@blueprint.post("/ekspor")
@require("cases.work")
def download() -> Response:
    """The file, written while it is sent."""
    given, who = request.form, console.person()
    personal, kind = "pribadi" in given, given.get("jenis", "")
    if personal and not who.may("cases.reveal"):
        raise Forbidden(_("Anda tidak punya hak melihat data pelapor."))
    try:
        reason = _check(kind, given.get("alasan", ""), personal=personal)
    except Invalid as invalid:
        return _page(Form.of(given, invalid))
    web.allow("ekspor", allowed=6, seconds=60)
    session = db.session()
    made = services.sheet(session, who, console.filters_of(), personal=personal)
    data: dict[str, Any] = {
        "kind": kind,
        "personal": personal,
        "filters": {k: v for k in _KEPT if (v := _given().get(k))},
    }
    audit.record(session, "case.exported", data=data | ({"reason": reason} if personal else {}))
    # The record stands before the first row leaves.
    db.commit()
    response = Response(stream_with_context(services.write(made, kind)), content_type=_MEDIA[kind])
    name = f"laporan-{g.tenant.slug}-{now().astimezone(g.tenant.zone):%Y%m%d-%H%M}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _check(kind: str, reason: str, *, personal: bool) -> str:
    if kind not in _MEDIA:
        raise Invalid.field("jenis", _("Pilih salah satu."))
    words = " ".join(reason.split())
    if personal and not _LEAST_REASON <= len(words) <= _MOST_REASON:
        raise Invalid.field("alasan", _("Tulis untuk apa data pelapor dipakai, misalnya: undangan musyawarah."))
    return words


def _given() -> dict[str, str]:
    return {name: request.args[name] for name in console.FILTERS if request.args.get(name)}


def _page(form: Form) -> Response:
    session, who, given = db.session(), console.person(), _given()
    filters = console.filters_of()
    form.labels = {"jenis": _("Jenis berkas"), "alasan": _("Untuk apa data pelapor dipakai")}
    return web.render_form(
        "cases/exports/ask.html",
        form,
        anything=bool(queries.inbox(session, who, filters, limit=1)),
        chosen=_words(session, filters),
        here=f"/kelola/laporan/ekspor?{urlencode(given)}",
        back=f"/kelola/laporan?{urlencode(given)}",
        may_reveal=auth.signed_in().may("cases.reveal"),
        one_service=bool(filters.service_id),
        most=services.MOST_ROWS,
    )


def _words(session: db.TenantSession, filters: queries.Filters) -> list[tuple[str, str]]:
    """The filters as (question, answer), for somebody who came by a link."""
    queues = {"mine": _("Tugas saya"), "unit": _("Unit saya"), "all": _("Semua")}
    states = {
        "open": _("Belum selesai"), "closed": _("Sudah selesai"), "overdue": _("Lewat waktu"),
        "waiting": _("Menunggu pelapor"), "reopened": _("Dibuka lagi"), "": _("Semua"),
    }  # fmt: skip
    rows = [(_("Antrean"), queues.get(filters.queue, "")), (_("Keadaan"), states.get(filters.state, ""))]
    if filters.service_id:
        rows.append((_("Layanan"), catalogue.titles(session, [filters.service_id])[filters.service_id]))
    if filters.unit_id:
        rows.append((_("Unit"), units.names(session, [filters.unit_id]).get(filters.unit_id, "")))
    if filters.region:
        rows.append((_("Wilayah"), filters.region))
    if filters.text:
        rows.append((_("Kata atau kode"), filters.text))
    if filters.is_test:
        rows.append((_("Uji coba"), _("ya")))
    return [*rows, (_("Waktu"), formats.waktu(now()))]
