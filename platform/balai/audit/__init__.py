"""The record of who did what: append-only, sealed in batches, checked by `balai audit verify`."""

from balai.audit.actors import SYSTEM, Actor, acting_as, clear_actor, current_actor, set_actor
from balai.audit.models import AuditEntry, AuditSeal, AuditSealed
from balai.audit.requests import init_app
from balai.audit.scrub import scrub
from balai.audit.seals import Verdict, head, seal_pending, verify
from balai.audit.services import entries, record
from balai.audit.tasks import SEAL_CRON, seal_audit

__all__ = [
    "SEAL_CRON",
    "SYSTEM",
    "Actor",
    "AuditEntry",
    "AuditSeal",
    "AuditSealed",
    "Verdict",
    "acting_as",
    "clear_actor",
    "current_actor",
    "entries",
    "head",
    "init_app",
    "record",
    "scrub",
    "seal_audit",
    "seal_pending",
    "set_actor",
    "verify",
]
