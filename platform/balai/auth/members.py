"""A region's staff: invite, change roles, remove. Keycloak first, then our mirror, then the mail (decision 19).

Who is invited may already have an account: as a citizen, or as staff of another region. Then nobody learns or changes a
password of theirs. An address that nobody has proven yet proves nothing: somebody else may have registered it first. With
mail its old credentials are dropped, and only who reads that mailbox gets in; without mail such an account is refused.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys, tenancy
from balai.auth import leaving, queries
from balai.auth.directory import Directory, Person, RoleUnknownError, directory
from balai.auth.keycloak import KeycloakDownError, KeycloakRefusedError
from balai.auth.models import Member
from balai.auth.permissions import catalogue
from balai.auth.signin import CALLBACK
from balai.clock import now
from balai.contracts import Role
from balai.db import TenantSession
from balai.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from balai.settings import current_settings
from balai.tenancy import Tenant
from balai.words import gettext as _

MOST_NAME = 120

# What Keycloak refuses in a person's name (its person-name validator), so that nothing has begun when it would say so.
_NO_NAME = re.compile(r"""[<>&"$%!#?§;*~/\\|^=\[\]{}()]""")
_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of an invitation.

    password: a first password, shown once and kept nowhere, None when the person sets their own; warning: what the admin
    should know ("email belum terkirim"), None when all went well.
    """

    member: Member
    password: str | None = None
    warning: str | None = None


def list_members(session: TenantSession, *, active: bool | None = True) -> Sequence[Member]:
    """The region's members by name; active=None also lists those who left."""
    query = select(Member).where(Member.tenant_id == session.tenant_id)
    if active is not None:
        query = query.where(Member.active == active)
    return session.scalars(query.order_by(Member.name, Member.id)).all()


def get_member(session: TenantSession, member_id: UUID) -> Member:
    """The active member; raises NotFound."""
    found = session.get(Member, (session.tenant_id, member_id))
    if found is None or not found.active:
        raise NotFound
    return found


def email_of(session: TenantSession, member: Member) -> str:
    """The member's address in full, for whoever manages members."""
    return keys.reveal(session, member, "email") or ""


def masked_email(session: TenantSession, member: Member) -> str:
    """The address as lists show it."""
    return keys.mask_email(email_of(session, member))


def roles_offered(tenant: Tenant) -> list[Role]:
    """Roles that this region may give: core ones and those of services that are on."""
    return catalogue().offered(name for name, state in tenant.plugins.items() if state.open)


def invite_member(session: TenantSession, email: str, name: str, roles: Iterable[str]) -> Invited:
    """Make somebody a member and let them know. Raises Invalid (what to correct), Conflict, Unavailable (Keycloak)."""
    tenant = tenant_of(session)
    address, title, wanted = check_invitation(tenant, email, name, roles)
    there = _by_email(session, address)
    if there is not None and there.active:
        raise Invalid.field("email", _("Orang ini sudah menjadi anggota."))
    with asking_keycloak():
        people = directory()
        person, fresh = _account(people, tenant, address, title)
        people.set_membership(people.organization(tenant), person.sub, wanted)
        member = _store(session, there, person, title, address, wanted)
        audit.record(
            session, "member.invited", subject_kind="member", subject_id=member.id, data={"roles": sorted(wanted)}
        )
        return _tell(people, tenant, member, person, fresh=fresh)


def resend_invitation(session: TenantSession, member_id: UUID) -> Invited:
    """Once more the mail, or (without mail) a new first password; only while the person has not set one. Raises Conflict."""
    tenant, member = tenant_of(session), get_member(session, member_id)
    with asking_keycloak():
        people = directory()
        person = people.person(member.sub)
        if person is None:
            raise NotFound
        if not person.waiting:
            raise Conflict(
                _("Orang ini sudah punya kata sandi sendiri. Kalau lupa, pakai «Lupa kata sandi?» di halaman masuk.")
            )
        if not people.mails and not _may_hand_out(people, tenant, person):
            raise Conflict(
                _("Akun ini bukan dibuat oleh daerah Anda. Minta orangnya masuk dengan kata sandinya sendiri.")
            )
        audit.record(session, "member.reinvited", subject_kind="member", subject_id=member.id)
        return _tell(people, tenant, member, person, fresh=True)


def change_roles(session: TenantSession, member_id: UUID, roles: Iterable[str]) -> Member:
    """Give exactly these roles; the person's sessions here end at once. Raises Invalid, NotFound, Conflict (last admin)."""
    tenant = tenant_of(session)
    wanted = _check_roles(tenant, roles)
    member = lock_member(session, member_id, keeps_admin="admin" in wanted)
    before = sorted(member.roles)
    with asking_keycloak():
        people = directory()
        people.set_membership(people.organization(tenant), member.sub, wanted)
    member.roles, member.roles_changed_at = sorted(wanted), now()
    queries.end_sessions_of_member(session, member.sub)
    leaving.settle(session, member, "roles")
    audit.record(
        session, "member.roles_changed", subject_kind="member", subject_id=member.id,
        data={"before": before, "after": sorted(wanted)},
    )  # fmt: skip
    return member


def remove_member(session: TenantSession, member_id: UUID) -> Member:
    """End a membership: no roles, no sessions, from now on, and nothing waits for them any more. The account stays.

    Raises NotFound, Conflict (last admin).
    """
    tenant = tenant_of(session)
    member = lock_member(session, member_id, keeps_admin=False)
    with asking_keycloak():
        people = directory()
        people.remove_membership(people.organization(tenant), member.sub)
    leaving.let_go(session, member)
    audit.record(session, "member.removed", subject_kind="member", subject_id=member.id)
    return member


def reset_second_factor(session: TenantSession, member_id: UUID) -> Member:
    """For a lost phone: the person sets up a new code at the next sign-in. Raises Conflict when another region relies on it."""
    tenant, member = tenant_of(session), get_member(session, member_id)
    with asking_keycloak():
        people = directory()
        if not people.organizations_of(member.sub) <= {tenant.alias}:
            raise Conflict(_("Orang ini juga petugas di daerah lain. Minta pengelola Balai yang melepas kodenya."))
        people.forget_codes(member.sub)
    queries.end_sessions_of_member(session, member.sub)
    audit.record(session, "member.code_reset", subject_kind="member", subject_id=member.id)
    return member


def check_invitation(tenant: Tenant, email: str, name: str, roles: Iterable[str]) -> tuple[str, str, frozenset[str]]:
    """(address, name, roles) in good form; raises Invalid with everything that needs correcting."""
    faults: list[FieldError] = []
    address, title = "", " ".join(name.split())
    try:
        address = keys.normalise_email(email)
    except ValueError:
        faults.append(FieldError("email", _("Alamat email belum lengkap. Contoh: nama@contoh.id")))
    if not title or len(title) > MOST_NAME:
        faults.append(FieldError("name", _("Isi nama, paling banyak %(most)s huruf.", most=MOST_NAME)))
    elif _NO_NAME.search(title) or any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in title):
        faults.append(
            FieldError(
                "name", _("Nama hanya berisi huruf, titik, koma, petik, dan tanda hubung. Contoh: R. O'Neil, S.T.")
            )
        )
    wanted: frozenset[str] = frozenset()
    try:
        wanted = _check_roles(tenant, roles)
    except Invalid as invalid:
        faults += invalid.errors
    if faults:
        raise Invalid(faults)
    return address, title, wanted


def _check_roles(tenant: Tenant, roles: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(roles)
    unknown = wanted - {role.key for role in roles_offered(tenant)}
    if not wanted or unknown:
        raise Invalid.field("roles", _("Pilih paling sedikit satu peran dari daftar."))
    return wanted


def _account(people: Directory, tenant: Tenant, email: str, name: str) -> tuple[Person, bool]:
    """The account behind an address, made if need be; True when the person still has to set a password."""
    person = people.find_person(email)
    if person is None:
        sub = people.create_person(email, name, inviter=tenant)
        return Person(sub, email, name, verified=False, enabled=True, waiting=True, made_by=tenant.alias), True
    if person.verified and not person.waiting:
        return person, False
    if people.mails:
        if not person.waiting:
            people.forget_credentials(person.sub)
        people.name_inviter(person.sub, tenant, actions=("UPDATE_PASSWORD", "VERIFY_EMAIL"))
        return person, True
    if _may_hand_out(people, tenant, person):
        return person, True
    raise Invalid.field(
        "email",
        _(
            "Alamat ini sudah dipakai akun lain yang belum membuktikan alamatnya."
            " Pakai alamat lain, atau hubungi pengelola Balai."
        ),
    )


def _may_hand_out(people: Directory, tenant: Tenant, person: Person) -> bool:
    """Whether this region may set a first password: its own invitation made the account, and nobody else relies on it."""
    if not person.waiting or person.made_by != tenant.alias:
        return False
    return people.organizations_of(person.sub) <= {tenant.alias}


def _tell(people: Directory, tenant: Tenant, member: Member, person: Person, *, fresh: bool) -> Invited:
    if not fresh:
        return Invited(member, warning=_("Orang ini sudah punya akun Balai: ia masuk dengan kata sandinya sendiri."))
    if not people.mails:
        return Invited(member, password=people.first_password(person.sub))
    settings = current_settings()
    back = settings.public_url(
        settings.tenant_host(tenant.slug) if tenant.kind == "region" else settings.domain, CALLBACK
    )
    try:
        people.send_invitation(person.sub, back_to=back)
    except KeycloakRefusedError:
        return Invited(
            member, warning=_("Orangnya sudah terdaftar, tetapi email undangan belum terkirim. Tekan «Kirim ulang».")
        )
    member.mailed_at = now()
    return Invited(member)


def _store(
    session: TenantSession, there: Member | None, person: Person, name: str, email: str, roles: frozenset[str]
) -> Member:
    """The mirror's row: new, or the one of somebody who comes back."""
    member = session.scalars(select(Member).where(Member.sub == person.sub)).one_or_none() or there
    if member is None:
        member = Member(sub=person.sub)
        session.add(member)
    actor = audit.current_actor()
    leaving.let_in(member)
    member.sub, member.name = person.sub, name
    member.roles, member.roles_changed_at = sorted(roles), now()
    member.invited_at, member.invited_by, member.joined_at = now(), actor.name, None
    keys.seal(session, member, "email", email)
    member.email_index = keys.blind_index(session, "email", email)
    leaving.settle(session, member, "roles")
    return member


def _by_email(session: TenantSession, email: str) -> Member | None:
    index = keys.blind_index(session, "email", email)
    query = select(Member).where(Member.email_index == index).order_by(Member.active.desc()).limit(1)
    return session.scalars(query).one_or_none()


def lock_member(session: TenantSession, member_id: UUID, *, keeps_admin: bool) -> Member:
    """The active member, locked together with every admin; raises Conflict when the last admin would go, NotFound.

    An admin whom Keycloak no longer lets in doesn't count as one who stays.
    """
    admins = queries.lock_admins(session)
    query = select(Member).where(Member.id == member_id, Member.active).with_for_update()
    member = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if member is None:
        raise NotFound
    if not keeps_admin and admins and set(admins) <= {member.id}:
        raise Conflict(_("Ini admin terakhir. Jadikan orang lain admin dulu, supaya daerah tidak terkunci."))
    return member


def tenant_of(session: TenantSession) -> Tenant:
    """The session's region."""
    found = tenancy.current()
    if found is not None and found.id == session.tenant_id:
        return found
    with tenancy.registry_scope() as registry:
        tenant = tenancy.queries.tenant_by_id(registry, session.tenant_id)
    if tenant is None:
        raise NotFound
    return tenant


@contextmanager
def asking_keycloak() -> Iterator[None]:
    """Keycloak's failures in words for the staff page."""
    try:
        yield
    except KeycloakDownError as error:
        raise Unavailable(
            _("Bagian akun sedang mati, jadi belum ada yang berubah. Coba lagi sebentar lagi.")
        ) from error
    except RoleUnknownError as error:
        raise Conflict(_("Peran «%(role)s» belum siap dipakai. Hubungi pengelola Balai.", role=error)) from error
    except KeycloakRefusedError as error:
        if error.status != _BAD_REQUEST:
            raise
        # What Keycloak finds wrong with a person: its rules are stricter than ours, and change with its versions.
        field = "name" if "name" in error.text or "name" in error.error else "email"
        raise Invalid.field(field, _("Bagian akun tidak menerima isian ini. Periksa ejaannya.")) from error
