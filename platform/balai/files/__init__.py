"""Uploads: checked, re-encoded, stored encrypted, served so that they can do no harm."""

from balai.files.blobs import install
from balai.files.checks import Checked, Kind, check
from balai.files.models import File
from balai.files.refusals import FileRefused
from balai.files.routes import Checker, allow, respond, thumbnail_url, url
from balai.files.services import (
    CITIZEN,
    STAFF,
    claim,
    content,
    delete,
    filename,
    find,
    find_draft,
    redact,
    reencrypt,
    store,
    store_draft,
    sweep,
    thumbnail,
)
from balai.files.storage import LocalStorage, MissingBlobError, Storage
from balai.files.tasks import SWEEP_CRON, sweep_files
from balai.files.wiring import init_app

__all__ = [
    "CITIZEN",
    "STAFF",
    "SWEEP_CRON",
    "Checked",
    "Checker",
    "File",
    "FileRefused",
    "Kind",
    "LocalStorage",
    "MissingBlobError",
    "Storage",
    "allow",
    "check",
    "claim",
    "content",
    "delete",
    "filename",
    "find",
    "find_draft",
    "init_app",
    "install",
    "redact",
    "reencrypt",
    "respond",
    "store",
    "store_draft",
    "sweep",
    "sweep_files",
    "thumbnail",
    "thumbnail_url",
    "url",
]
