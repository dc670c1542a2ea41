"""`/kelola/pekerjaan`: work that waits, runs or has failed for good, and the button that tries again."""

from dataclasses import dataclass
from typing import Any, Final

from balai import audit, jobs
from balai.db import TenantSession
from balai.errors import NotFound
from balai.web.i18n import lazy_gettext as _l

MOST: Final = 100
# What a task is called for people, by its name up to the dot; a plugin's tasks go by the plugin's title.
AREAS: Final[dict[str, Any]] = {
    "admin": _l("Unduhan data daerah"),
    "audit": _l("Penguncian catatan"),
    "auth": _l("Akun petugas"),
    "cases": _l("Tenggat dan pengingat laporan"),
    "evidence": _l("Angka manfaat"),
    "files": _l("Berkas dan foto"),
    "interop": _l("Sambungan ke sistem lain"),
    "jobs": _l("Perawatan antrean"),
    "notify": _l("Pengiriman pesan"),
    "places": _l("Daftar wilayah"),
    "privacy": _l("Data pribadi"),
    "rest": _l("Perawatan"),
    "web": _l("Perawatan"),
}


@dataclass(frozen=True, slots=True)
class Board:
    """The three lists of the page, newest first."""

    failed: list[jobs.QueuedJob]
    running: list[jobs.QueuedJob]
    waiting: list[jobs.QueuedJob]


def board(session: TenantSession) -> Board:
    """This region's jobs; at most MOST of each kind."""
    return Board(
        failed=jobs.jobs_of_tenant(session, "failed", limit=MOST),
        running=jobs.jobs_of_tenant(session, "doing", limit=MOST),
        waiting=jobs.jobs_of_tenant(session, "todo", limit=MOST),
    )


def retry(session: TenantSession, job_id: int) -> None:
    """Give a failed job all its attempts back; raises NotFound when there is no such job here."""
    if not jobs.run_again(session, job_id):
        raise NotFound
    audit.record(session, "job.retried", subject_kind="job", subject_id=job_id)


def drop(session: TenantSession, job_id: int) -> None:
    """Give a failed job up; raises NotFound when there is no such job here."""
    if not jobs.discard(session, job_id):
        raise NotFound
    audit.record(session, "job.discarded", subject_kind="job", subject_id=job_id)


def find_failed(session: TenantSession, job_id: int) -> jobs.QueuedJob:
    """One failed job; raises NotFound."""
    found = next((job for job in jobs.jobs_of_tenant(session, "failed", limit=1000) if job.id == job_id), None)
    if found is None:
        raise NotFound
    return found
