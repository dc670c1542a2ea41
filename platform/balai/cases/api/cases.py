"""Cases: list, read, file, take a step, rate, attach."""

from uuid import UUID

from flask import Response, request

from balai import auth, db, files, rest, tenancy
from balai.cases import acting, moving
from balai.cases.api import detail, people, queries, searching
from balai.cases.api.schemas import (
    AssignmentIn,
    Attachment,
    CaseDetail,
    CaseItem,
    CasePage,
    CaseQuery,
    Filed,
    NewCase,
    RatingIn,
    StepTaken,
)
from balai.cases.desk import open_desk
from balai.cases.filing import Place, Reporter, file_case
from balai.cases.people import Person
from balai.cases.sent import FILINGS_PER_HOUR
from balai.cases.telling import tracking_url
from balai.cases.tracking import _LOOKUPS_PER_TEN_MINUTES
from balai.db import TenantSession
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web import limits
from balai.web.i18n import gettext as _

blueprint = rest.Blueprint(
    "api_cases",
    __name__,
    tag="cases",
    url_prefix=f"{rest.API_PREFIX}/cases",
    description="Laporan dan permohonan: kirim, ikuti, tangani, nilai.",
)


@blueprint.route("")
@blueprint.signed_in
@blueprint.query(CaseQuery)
@blueprint.answers(
    CasePage,
    summary="Daftar laporan",
    description="Petugas mendapat yang boleh dibacanya, warga miliknya sendiri. Yang bersifat rahasia khusus tidak ada di daftar"
    " mana pun.",
)
def list_cases(query: CaseQuery) -> Response:
    """Newest first."""
    after = rest.decode_cursor(query.cursor, UUID) if query.cursor is not None else None
    items, last = _find(query, after)
    cursor = rest.encode_cursor(str(last)) if last is not None else None
    return rest.reply(CasePage(items, cursor), headers=rest.next_link(cursor))


def _find(query: CaseQuery, after: UUID | None) -> tuple[list[CaseItem], UUID | None]:
    principal, tenant = auth.signed_in(), tenancy.current()
    assert tenant is not None  # noqa: S101 - the blueprint lives on regions' hosts only
    if query.q.strip():
        return searching.find(db.session(), query, after)
    if not principal.is_staff:
        # A citizen's cases are found by a keyed index: that needs a session.
        session = db.session()
        return queries.list_cases(db.driver(session), tenant.id, people.person(session), query, after)
    with db.reading(db.database(), tenant.id) as driver:
        who = people.staff(principal, queries.workplace(driver, tenant.id, principal.sub))
        return queries.list_cases(driver, tenant.id, who, query, after)


@blueprint.route("/<code>")
@blueprint.public
@blueprint.answers(
    CaseDetail,
    summary="Satu laporan dengan perjalanannya",
    description="Petugas melihat yang ditanganinya, pengirim miliknya (dengan token atau kepala Link-Secret), orang lain"
    " hanya keadaannya.",
    problems=(404, 429),
)
def get_case(code: str) -> Response:
    """As much as the reader may see; ETag is the number of the last thing that happened."""
    _count_look()
    return _answer(code)


@blueprint.route("", methods=["POST"])
@blueprint.public
@blueprint.body(NewCase)
@blueprint.answers(
    Filed,
    status=201,
    summary="Kirim laporan atau permohonan",
    description="Tanpa token bila layanannya mengizinkan; aturan dan batasnya sama dengan di portal.",
    problems=(404, 409, 422, 429),
)
def create_case(body: NewCase) -> Response:
    """By a citizen, by nobody in particular, or by staff for somebody else."""
    session = db.session()
    principal = auth.current()
    if principal is None:
        limits.count("cases.file", allowed=FILINGS_PER_HOUR, seconds=3600)
    helper = _helper(session) if body.assisted else None
    desk = open_desk(session, body.service, *([body.place.region] if body.place else ()))
    if desk.service.audience != "public":
        raise NotFound  # what is for staff is asked for in the console
    filed = file_case(
        session,
        desk.service,
        body.data,
        channel="api",
        reporter=_reporter(body, None if helper else principal),
        anonymity="anonymous" if body.anonymous else "named",
        visibility=body.visibility,
        place=_place(body),
        files=_claim(session, body),
        assisted_by=helper,
        desk=desk,
    )
    url = tracking_url(session, filed.case)
    receipt = Filed(filed.code, filed.link_secret, filed.case.state, url)
    return rest.reply(receipt, 201, {"Location": f"{request.path}/{filed.code}"})


@blueprint.route("/<code>/transitions", methods=["POST"])
@blueprint.public
@blueprint.body(StepTaken)
@blueprint.answers(
    CaseDetail,
    summary="Ambil langkah berikutnya",
    description="Langkah yang mungkin ada di steps. Bila If-Match atau seq tidak cocok, tidak terjadi apa-apa.",
    problems=(403, 404, 409, 412, 422),
)
def take_step(code: str, body: StepTaken) -> Response:
    """By staff, or by the reporter where the workflow lets them."""
    session = db.session()
    case, who = _mine(code)
    expected = _if_match()
    seen = expected if expected is not None else body.seq
    try:
        moving.move_case(session, case.id, body.step, person=who, fields=body.fields, seen=seen)
    except Conflict as conflict:
        raise _as_precondition(conflict, expected) from None
    return _answer(code, session)


@blueprint.route("/<code>/assignment", methods=["POST"])
@blueprint.requires("cases.work")
@blueprint.body(AssignmentIn)
@blueprint.answers(
    CaseDetail,
    summary="Bagi tugas",
    description="Mengambil laporan unitnya sendiri boleh setiap petugas; membagi ke orang atau unit lain: kepala unit atau"
    " admin.",
    problems=(403, 404, 409, 412, 422),
)
def assign(code: str, body: AssignmentIn) -> Response:
    """Give an open case to a unit or to a member of it."""
    session = db.session()
    case, who = _mine(code)
    who = people.with_heads(session, who)
    expected = _if_match()
    member = who.member_id if body.me else body.member
    try:
        acting.assign(
            session, case.id, person=who, unit_id=body.unit, member_id=member,
            seen=expected if expected is not None else body.seq,
        )  # fmt: skip
    except Conflict as conflict:
        raise _as_precondition(conflict, expected) from None
    return _answer(code, session)


@blueprint.route("/<code>/rating", methods=["POST"])
@blueprint.public
@blueprint.body(RatingIn)
@blueprint.answers(CaseDetail, summary="Beri nilai", problems=(404, 409, 422))
def rate(code: str, body: RatingIn) -> Response:
    """By the reporter, once, when the case is closed."""
    session = db.session()
    _count_look()
    case = detail.look(code, whole=False).case
    citizen = people.reporter(auth.current(), case.id, case.link_hash)
    acting.rate_case(session, case.id, body.stars, body.comment, person=citizen)
    return _answer(code, session)


@blueprint.route("/<code>/files", methods=["POST"])
@blueprint.public
@blueprint.body(Attachment)
@blueprint.answers(CaseDetail, summary="Tambahkan berkas", problems=(403, 404, 409, 422))
def attach(code: str, body: Attachment) -> Response:
    """Files that were uploaded before, by the reporter or by staff who work on the case."""
    session = db.session()
    case, who = _mine(code)
    ids = [_claim_one(session, token, f"/files/{n}") for n, token in enumerate(body.files)]
    acting.attach(session, case.id, ids, person=who)
    return _answer(code, session)


def _answer(code: str, session: TenantSession | None = None) -> Response:
    seen = detail.look(code, session)
    response = rest.reply(detail.describe(seen))
    response.set_etag(str(seen.case.seq))
    return response


def _mine(code: str) -> tuple[queries.Glance, Person]:
    """The case, for somebody who may see the whole of it: knowing a code gives no right to act."""
    _count_look()
    seen = detail.look(code, whole=False)
    if seen.view == "public":
        if auth.current() is None:
            rest.check_access(None)
        raise Forbidden
    return seen.case, seen.who


def _count_look() -> None:
    """Whoever tries codes without a token has as many tries as on the tracking page, together with those."""
    if auth.current() is None:
        limits.count("cases.lookup", allowed=_LOOKUPS_PER_TEN_MINUTES, seconds=600)


def _as_precondition(conflict: Conflict, expected: int | None) -> Exception:
    """A page that was too old is 412 to whoever sent If-Match, 409 to others."""
    if expected is not None and conflict.slug == "sudah-berubah":
        return rest.PreconditionFailed(conflict.detail, **conflict.extra)
    return conflict


def _if_match() -> int | None:
    header = request.if_match
    if not header or header.star_tag:
        return None
    tags = list(header)
    if len(tags) != 1 or not tags[0].isdecimal() or len(tags[0]) > 10:  # noqa: PLR2004 - digits of an int4
        raise rest.PreconditionFailed
    return int(tags[0])


def _helper(session: TenantSession) -> Person:
    rest.check_access("cases.file_for")
    who = people.person(session)
    if who.member_id is None:
        raise Forbidden(_("Akun ini bukan anggota yang aktif di daerah ini."))
    return who


def _reporter(body: NewCase, principal: auth.Principal | None) -> Reporter:
    given = body.reporter
    sub = principal.sub if principal is not None and not principal.is_service and not body.anonymous else None
    return Reporter(sub, given.name, given.phone, given.email) if given else Reporter(sub)


def _place(body: NewCase) -> Place | None:
    given = body.place
    if given is None:
        return None
    if given.position is None:
        return Place(given.region, given.landmark)
    return Place(given.region, given.landmark, given.position.latitude, given.position.longitude)


def _claim(session: TenantSession, body: NewCase) -> dict[str, list[UUID]]:
    return {
        key: [_claim_one(session, token, f"/files/{key}/{n}") for n, token in enumerate(tokens)]
        for key, tokens in body.files.items()
    }


def _claim_one(session: TenantSession, token: str, pointer: str) -> UUID:
    principal = auth.current()
    file = files.claim(
        session, token, purpose="case.attachment", created_by=principal.sub if principal is not None else None
    )
    if file is None:
        raise Invalid.field(pointer, _("Berkas ini tidak ada atau sudah lebih dari satu hari. Unggah lagi."))
    return file.id
