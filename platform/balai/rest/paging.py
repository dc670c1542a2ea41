"""Cursor paging by keyset: a page costs the same at the start and at the end of a million rows.

A cursor is base64url of the last row's sort key. It isn't signed: it only says "after this key", every query filters by tenant
and by rights anyway, and a made-up cursor is 422.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import msgspec
from flask import request

from balai.errors import Invalid
from balai.words import gettext as _

T = TypeVar("T")
MAX_LIMIT = 100
DEFAULT_LIMIT = 50

Limit = Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT, description=f"Baris per halaman, 1 sampai {MAX_LIMIT}.")]
Cursor = Annotated[str, msgspec.Meta(max_length=400, description="Nilai `next` dari halaman sebelumnya.")]


class PageQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of every list's query."""

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


def encode_cursor(key: Sequence[Any]) -> str:
    """Opaque text for the sort key of a page's last row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str, kind: type[T]) -> T:
    """The sort key as `kind` (a tuple type such as tuple[datetime, UUID]); raises Invalid for anything made up."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, RecursionError):
        raise Invalid.field(
            "/cursor", _("Penanda halaman ini tidak berlaku. Mulai lagi dari halaman pertama.")
        ) from None


def cut(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """`rows` was read with limit + 1: the page itself, and whether there is a next one."""
    return rows[:limit], len(rows) > limit


def next_link(cursor: str | None) -> dict[str, str]:
    """`Link: <...>; rel="next"` for the page after this one, nothing on the last page."""
    if cursor is None:
        return {}
    pairs = [(k, v) for k, values in request.args.lists() for v in values if k != "cursor"]
    return {"Link": f'<{request.path}?{urlencode([*pairs, ("cursor", cursor)])}>; rel="next"'}
