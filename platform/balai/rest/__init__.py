"""API plumbing: problem documents, paging, Idempotency-Key, the document that shows only what is switched on."""

from balai.rest.blueprint import Blueprint, check_access, reply
from balai.rest.bodies import read_json, read_query, read_raw
from balai.rest.caching import unchanged
from balai.rest.openapi import API_PREFIX, current_document, document_of
from balai.rest.paging import PageQuery, cut, decode_cursor, encode_cursor, next_link
from balai.rest.problems import PreconditionFailed, answer, is_api
from balai.rest.setup import init_app
from balai.rest.tasks import forget_answers

__all__ = [
    "API_PREFIX",
    "Blueprint",
    "PageQuery",
    "PreconditionFailed",
    "answer",
    "check_access",
    "current_document",
    "cut",
    "decode_cursor",
    "document_of",
    "encode_cursor",
    "forget_answers",
    "init_app",
    "is_api",
    "next_link",
    "read_json",
    "read_query",
    "read_raw",
    "reply",
    "unchanged",
]
