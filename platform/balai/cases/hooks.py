"""What the spine brings to the core."""

from importlib.resources import files
from typing import Any
from uuid import UUID

from balai.cases import fees, figures, queries, telling
from balai.cases.code_again import send_codes
from balai.cases.decisions.telling import tell_decision
from balai.cases.documents import load_folder
from balai.cases.gate.tasks import forget_origins
from balai.cases.letterbox.leaving import leave_nothing_behind
from balai.cases.models import Case
from balai.cases.personal import terms
from balai.cases.personal.retention import forget_old
from balai.cases.referral.sending import send_referral
from balai.cases.tasks import run_clock
from balai.cases.together.spreading import tell_followers
from balai.contracts import Event, MenuItem, PersonalData, Proof, Service, Task
from balai.db import TenantSession
from balai.hookspecs import hookimpl
from balai.plugins.names import PRIVACY_OWNER
from balai.web.i18n import lazy_gettext as _l

_MENU = [
    MenuItem(_l("Laporan dan permohonan"), "cases_console.inbox", "inbox", "cases.work", 10),
    MenuItem(_l("Tampil untuk umum"), "cases_console.moderation", "globe", "cases.work", 15),
    MenuItem(_l("Perlu dilihat"), "cases_console.held", "eye", "cases.work", 16),
    MenuItem(_l("Pengirim yang dibatasi"), "cases_console.blocks", "shield", "cases.assign", 17),
    MenuItem(_l("Catat untuk warga"), "cases_counter.form", "file-plus", "cases.file_for", 20),
    MenuItem(_l("Serah terima"), "cases_console.hand_overs", "users", "cases.assign", 50),
    MenuItem(_l("Keputusan"), "cases_console.decisions_page", "badge-check", "plugins.switch", 55),
    MenuItem(_l("Rantai layanan"), "cases_chain.overview", "route", "audit.read", 60),
    MenuItem(_l("Layanan pegawai"), "cases_drawing.staff_services", "briefcase", None, 70),
    MenuItem(_l("Susun layanan"), "cases_drawing.board", "pencil", "services.draw", 503),
    MenuItem(_l("Terbitkan layanan"), "cases_drawing.board", "check", "services.publish", 503),
    MenuItem(_l("Unit"), "cases_console.units_page", "building-2", "members.manage", 502),
    MenuItem(_l("Hari kerja"), "cases_console.days_page", "calendar", "members.manage", 502),
    MenuItem(_l("Aturan layanan"), "cases_console.services_page", "settings", "services.draw", 504),
    MenuItem(_l("Instansi lain"), "cases_console.other_bodies", "building-2", "services.draw", 505),
]


@hookimpl
def register_tasks() -> list[Task]:
    """The clock, the nightly runs that forget, what goes to other regions."""
    return [
        run_clock,
        forget_old,
        forget_origins,
        tell_decision,
        send_referral,
        tell_followers,
        figures.count_figures,
        send_codes,
    ]


@hookimpl
def register_services() -> list[Service]:
    """The rights over one's own data, as services that every region has: no plugin brings them, no switch takes them away."""
    return load_folder(files("balai.privacy").joinpath("documents"), owner=PRIVACY_OWNER)


@hookimpl
def collect_menu() -> list[MenuItem]:
    """Inbox, units, rules of services."""
    return _MENU


@hookimpl
def register_personal_data() -> list[PersonalData]:
    """What every case holds besides the form's own personal fields."""
    return [terms.CONTACT, terms.WORDS, terms.TALK, terms.FOLLOWERS, terms.CONSENT, terms.ORIGIN, terms.BLOCKED]


@hookimpl
def collect_service_proof(session: TenantSession, service_id: str) -> list[Proof]:
    """How long it usually takes ("Biasanya selesai 4 hari"), from kept figures, once enough cases were completed."""
    return figures.proof(session, service_id)


@hookimpl
def on_case_filed(session: TenantSession, event: Event) -> None:
    """Whoever has to act learns of it; what must be paid first is billed."""
    fees.bill(session, UUID(event.subject_id))
    case = session.get(Case, (session.tenant_id, UUID(event.subject_id)))
    if case is not None and case.is_open and case.held_at is None:
        telling.staff_of_new(session, case)


@hookimpl
def on_case_moved(session: TenantSession, event: Event) -> None:
    """What must be paid from here on is billed."""
    fees.bill(session, UUID(event.subject_id))


@hookimpl
def on_case_closed(session: TenantSession, event: Event) -> None:
    """What an ended case still owes is no longer asked for."""
    fees.drop(session, UUID(event.subject_id))


@hookimpl
def on_invoice_settled(session: TenantSession, event: Event) -> None:
    """A case that waited for its fee moves on."""
    fees.settled(session, UUID(event.subject_id))


@hookimpl
def on_member_left(session: TenantSession, event: Event) -> None:
    """Nobody's cases stay with somebody who is gone."""
    leave_nothing_behind(session, UUID(event.subject_id))


def count_running(session: Any, owner: str) -> int:
    """Running cases of a plugin that is to be closed."""
    return queries.running(session, owner)
