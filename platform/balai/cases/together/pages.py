"""Forms on the officer's page of a case: merge, take out again, split."""

from collections.abc import Callable
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.auth import require
from balai.cases.codes import CodeError, parse_code
from balai.cases.console import blueprint, id_of, person
from balai.cases.console_acts import do, seen
from balai.cases.models import Case
from balai.cases.together import merging, splitting
from balai.errors import FieldError, Invalid
from balai.web.i18n import gettext as _

FIELDS = {"codes": "gabung_kode", "reason": "gabung_alasan", "text": "bagi_isi", "files": "bagi_berkas"}


@blueprint.post("/laporan/<code>/gabung")
@require("cases.work")
def merge(code: str) -> AnyResponse:
    """End the ticked cases (and one named by its code) in this one."""
    return _act(code, _merge, _("Laporan digabung. Pelapornya diberi tahu."))


def _merge(case: Case) -> None:
    typed = [*request.form.getlist("gabung"), *request.form.get("gabung_kode", "").replace(",", " ").split()]
    try:
        codes = [parse_code(text) for text in typed if text.strip()]
    except CodeError:
        raise Invalid.field("codes", _("Kode ini tidak ada. Periksa lagi, huruf demi huruf.")) from None
    merging.merge(
        db.session(), case.id, codes, person=person(), reason=request.form.get("gabung_alasan", ""), seen=seen()
    )


@blueprint.post("/laporan/<code>/pisah")
@require("cases.work")
def unmerge(code: str) -> AnyResponse:
    """Take this merged case out again."""
    return _act(code, _unmerge, _("Laporan ini berdiri sendiri lagi. Pelapornya diberi tahu."))


def _unmerge(case: Case) -> None:
    merging.unmerge(db.session(), case.id, person=person(), seen=seen())


@blueprint.post("/laporan/<code>/bagi")
@require("cases.work")
def split(code: str) -> AnyResponse:
    """Make a second case of what else this one tells of."""
    return _act(code, _split, _("Laporan dibagi dua. Pelapor mendapat kode yang baru."))


def _split(case: Case) -> None:
    given = request.form
    files = [key for text in given.getlist("bagi_berkas") if (key := id_of(text))]
    client: UUID | None = id_of(given.get("bagi_id"))
    splitting.split(
        db.session(),
        case.id,
        person=person(),
        text=given.get("bagi_isi", ""),
        files=files,
        client_id=client,
        seen=seen(),
    )


def _act(code: str, act: Callable[[Case], None], done: str) -> AnyResponse:
    def named(case: Case) -> None:
        try:
            act(case)
        except Invalid as invalid:
            raise Invalid([FieldError(FIELDS.get(e.field, e.field), e.message) for e in invalid.errors]) from None

    return do(code, named, done)
