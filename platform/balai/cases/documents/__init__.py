"""Service documents: from a file or the console's drawing to a checked `contracts.Service`."""

from balai.cases.documents.building import build, build_fields, dump
from balai.cases.documents.checks import MESSAGES, STEP_DEMANDS
from balai.cases.documents.faults import DocumentError, Fault
from balai.cases.documents.loading import check, load_folder, parse
from balai.cases.documents.schema import document_schema

__all__ = [
    "MESSAGES",
    "STEP_DEMANDS",
    "DocumentError",
    "Fault",
    "build",
    "build_fields",
    "check",
    "document_schema",
    "dump",
    "load_folder",
    "parse",
]
