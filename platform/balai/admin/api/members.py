"""A region's staff over the API: list, invite, change roles, remove. The rules and Keycloak are `auth.members`' work."""

from uuid import UUID

from flask import Response

from balai import db, rest
from balai.admin.api import schemas
from balai.admin.api.schemas import Invitation, Invited, MemberPage, RoleChange
from balai.auth import Member, members, suspending
from balai.db import TenantSession

blueprint = rest.Blueprint(
    "api_members",
    __name__,
    tag="members",
    url_prefix=f"{rest.API_PREFIX}/members",
    description="Petugas daerah ini dan perannya.",
)


@blueprint.route("")
@blueprint.requires("members.manage")
@blueprint.query(rest.PageQuery)
@blueprint.answers(MemberPage, summary="Daftar anggota")
def list_members(query: rest.PageQuery) -> Response:
    """Active ones, by name."""
    session = db.session()
    # A region has hundreds of members at most: one read, cut here.
    found = members.list_members(session)
    if query.cursor is not None:
        after = rest.decode_cursor(query.cursor, UUID)
        at = next((n for n, member in enumerate(found) if member.id == after), len(found))
        found = found[at + 1 :]
    page, more = rest.cut(found, query.limit)
    cursor = rest.encode_cursor(str(page[-1].id)) if more else None
    return rest.reply(MemberPage([_item(session, m) for m in page], cursor), headers=rest.next_link(cursor))


@blueprint.route("/<uuid:member_id>")
@blueprint.requires("members.manage")
@blueprint.answers(schemas.Member, summary="Satu anggota", problems=(404,))
def get_member(member_id: UUID) -> schemas.Member:
    """One active member."""
    session = db.session()
    return _item(session, members.get_member(session, member_id))


@blueprint.route("", methods=["POST"])
@blueprint.requires("members.manage")
@blueprint.body(Invitation)
@blueprint.answers(Invited, status=201, summary="Undang anggota", problems=(409, 422, 503))
def invite(body: Invitation) -> Invited:
    """By mail; without mail a first password is answered, this once."""
    session = db.session()
    done = members.invite_member(session, body.email, body.name, body.roles)
    return Invited(_item(session, done.member), done.password, done.warning)


@blueprint.route("/<uuid:member_id>", methods=["PUT"])
@blueprint.requires("members.manage")
@blueprint.body(RoleChange)
@blueprint.answers(schemas.Member, summary="Ubah peran", problems=(404, 409, 422, 503))
def change_roles(member_id: UUID, body: RoleChange) -> schemas.Member:
    """Exactly these from now on; the person's sessions end."""
    session = db.session()
    return _item(session, members.change_roles(session, member_id, body.roles))


@blueprint.route("/<uuid:member_id>", methods=["DELETE"])
@blueprint.requires("members.manage")
@blueprint.answers(None, summary="Keluarkan anggota", problems=(404, 409, 503))
def remove(member_id: UUID) -> Response:
    """The account stays, the membership ends. The last admin can't be removed."""
    members.remove_member(db.session(), member_id)
    return rest.reply(None)


@blueprint.route("/<uuid:member_id>/suspension", methods=["POST"])
@blueprint.requires("members.manage")
@blueprint.answers(None, summary="Tangguhkan anggota", problems=(404, 409, 503))
def suspend(member_id: UUID) -> Response:
    """Without access for a time; open cases wait for others. The last admin can't be suspended."""
    suspending.suspend_member(db.session(), member_id)
    return rest.reply(None)


@blueprint.route("/<uuid:member_id>/suspension", methods=["DELETE"])
@blueprint.requires("members.manage")
@blueprint.answers(schemas.Member, summary="Aktifkan lagi", problems=(404, 409, 503))
def resume(member_id: UUID) -> schemas.Member:
    """Access again, with the former roles and units; a headship has to be given anew."""
    session = db.session()
    return _item(session, suspending.resume_member(session, member_id))


def _item(session: TenantSession, member: Member) -> schemas.Member:
    address = members.email_of(session, member) or None
    return schemas.Member(
        member.id, member.name, address, list(member.roles), member.active, member.joined_at or member.invited_at
    )
