"""Reports of the same thing over the API: look for them, join one, merge, take out again, split. On the blueprint of cases."""

from typing import Annotated
from uuid import UUID

from flask import Response
from msgspec import Meta, Struct, field

from balai import auth, db, rest
from balai.cases.api import detail, people
from balai.cases.api.cases import _answer, _as_precondition, _if_match, _mine, blueprint
from balai.cases.api.schemas import CaseDetail, Code, ReporterIn
from balai.cases.codes import CodeError, parse_code
from balai.cases.drafts import Reporter
from balai.cases.models import Case
from balai.cases.telling import tracking_url
from balai.cases.together import following, merging, nearby, splitting
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web import limits
from balai.web.i18n import gettext as _

_JOINS_PER_HOUR = 120
Seq = Annotated[int, Meta(ge=0, le=2_000_000_000)]


class SimilarItem(Struct):
    """Laporan lain yang mungkin sama; `metres` kosong bila salah satunya tanpa titik."""

    code: str
    summary: str
    state: str
    metres: int | None
    followers: int
    may_merge: bool


class SimilarList(Struct):
    """Yang mungkin sama, terdekat dulu."""

    items: list[SimilarItem]


class FollowerIn(Struct, forbid_unknown_fields=True):
    """Ikut melaporkan. `words` hanya dibaca petugas; nomor atau email hanya untuk kabar."""

    service: Annotated[str, Meta(max_length=100)]
    reporter: ReporterIn | None = None
    words: Annotated[str, Meta(max_length=2000)] = ""
    client_id: UUID | None = None


class Merging(Struct, forbid_unknown_fields=True):
    """Laporan (`codes`) yang diakhiri di laporan ini."""

    codes: Annotated[list[Code], Meta(min_length=1, max_length=merging.MOST)]
    reason: Annotated[str, Meta(max_length=5000)] = ""
    seq: Seq | None = None


class Unmerging(Struct, forbid_unknown_fields=True):
    """Laporan ini berdiri sendiri lagi."""

    seq: Seq | None = None


class Splitting(Struct, forbid_unknown_fields=True):
    """Masalah kedua dalam laporan ini, dan berkas (`files`: id dari laporan ini) yang pindah ke sana."""

    text: Annotated[str, Meta(max_length=10_000)]
    files: Annotated[list[UUID], Meta(max_length=50)] = field(default_factory=list)
    client_id: UUID | None = None
    seq: Seq | None = None


class SplitOff(Struct):
    """Laporan baru. Tautan khususnya hanya dikirim kepada pelapor."""

    code: str
    tracking_url: str


@blueprint.route("/<code>/similar")
@blueprint.requires("cases.work")
@blueprint.answers(SimilarList, summary="Laporan yang mungkin sama", problems=(403, 404))
def similar(code: str) -> Response:
    """Open ones of the same service, within about 100 m or with similar words in the same village."""
    session = db.session()
    glance, who = _mine(code)
    case = session.get(Case, (session.tenant_id, glance.id))
    if case is None:
        raise NotFound
    found = nearby.neighbours(session, who, case)
    return rest.reply(
        SimilarList([SimilarItem(n.code, n.summary, n.state, n.metres, n.followers, n.may_merge) for n in found])
    )


@blueprint.route("/<code>/followers", methods=["POST"])
@blueprint.public
@blueprint.body(FollowerIn)
@blueprint.answers(
    CaseDetail,
    summary="Ikut melaporkan",
    description="Hanya laporan yang sudah tampil untuk umum. `service` harus layanan dari laporan itu.",
    problems=(404, 409, 422, 429),
)
def follow(code: str, body: FollowerIn) -> Response:
    """One more who reports the same; who leaves an address gets news."""
    principal = auth.current()
    if principal is None:
        limits.count("cases.join", allowed=_JOINS_PER_HOUR, seconds=3600)
    session = db.session()
    case = following.public_case(session, detail.parse(code))
    if principal is None:
        following.limit(case)
    given = body.reporter or ReporterIn()
    sub = principal.sub if principal is not None and not principal.is_service else None
    reporter = Reporter(sub, given.name, given.phone, given.email)
    following.join(
        session, case.id, service_id=body.service, reporter=reporter, words=body.words, client_id=body.client_id
    )
    return _answer(code, session)


@blueprint.route("/<code>/merge", methods=["POST"])
@blueprint.requires("cases.work")
@blueprint.body(Merging)
@blueprint.answers(
    CaseDetail,
    summary="Gabungkan laporan yang sama",
    description="Yang digabung berakhir dengan outcome merged; tenggat dan nilai mengikuti laporan ini.",
    problems=(403, 404, 409, 412, 422),
)
def merge(code: str, body: Merging) -> Response:
    """End others in this one."""
    session = db.session()
    glance, who = _mine(code)
    expected = _if_match()
    try:
        codes = [parse_code(text) for text in body.codes]
    except CodeError:
        raise Invalid.field("/codes", _("Kode ini tidak ada. Periksa lagi, huruf demi huruf.")) from None
    try:
        merging.merge(
            session, glance.id, codes, person=people.with_heads(session, who), reason=body.reason,
            seen=expected if expected is not None else body.seq,
        )  # fmt: skip
    except Conflict as conflict:
        raise _as_precondition(conflict, expected) from None
    return _answer(code, session)


@blueprint.route("/<code>/unmerge", methods=["POST"])
@blueprint.requires("cases.work")
@blueprint.body(Unmerging)
@blueprint.answers(CaseDetail, summary="Pisahkan lagi", problems=(403, 404, 409, 412))
def unmerge(code: str, body: Unmerging) -> Response:
    """Within 30 days, while the main one is open."""
    session = db.session()
    glance, who = _mine(code)
    expected = _if_match()
    try:
        merging.unmerge(
            session, glance.id, person=people.with_heads(session, who),
            seen=expected if expected is not None else body.seq,
        )  # fmt: skip
    except Conflict as conflict:
        raise _as_precondition(conflict, expected) from None
    return _answer(code, session)


@blueprint.route("/<code>/split", methods=["POST"])
@blueprint.requires("cases.work")
@blueprint.body(Splitting)
@blueprint.answers(SplitOff, status=201, summary="Bagi menjadi dua laporan", problems=(403, 404, 409, 412, 422))
def split(code: str, body: Splitting) -> Response:
    """The second problem becomes a case of its own."""
    session = db.session()
    glance, who = _mine(code)
    if who.kind != "staff":
        raise Forbidden
    expected = _if_match()
    try:
        filed = splitting.split(
            session, glance.id, person=people.with_heads(session, who), text=body.text, files=body.files,
            client_id=body.client_id, seen=expected if expected is not None else body.seq,
        )  # fmt: skip
    except Conflict as conflict:
        raise _as_precondition(conflict, expected) from None
    return rest.reply(SplitOff(filed.code, tracking_url(session, filed.case)), 201)
