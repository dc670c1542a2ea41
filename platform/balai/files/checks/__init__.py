"""Is this file what it says, small enough, and harmless? The one question that every upload answers first."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from balai.files import limits
from balai.files.checks.fault import Fault
from balai.files.checks.image import Box, black_out, read_photo
from balai.files.checks.pdf import count_pages
from balai.files.checks.sniff import KIND_OF, Form, Kind, claimed_kind, form_of
from balai.files.checks.voice import read_voice
from balai.files.refusals import FileRefused, Reason
from balai.web.i18n import gettext as _

__all__ = ["KINDS", "Box", "Checked", "Fault", "Kind", "black_out", "check", "largest", "refuse_size"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_IMAGES: Final[tuple[Kind, ...]] = ("image",)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept: what to store and what is known of it. Lengths in bytes, pixels, pages, seconds."""

    kind: Kind
    media_type: str
    content: bytes
    thumbnail: bytes | None = None
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    seconds: float | None = None


def largest(kinds: Collection[Kind]) -> int:
    """How many bytes the largest of these kinds may have."""
    return max(limits.MAX_BYTES[kind] for kind in kinds)


def check(data: bytes, filename: str, kinds: Collection[Kind], *, field: str = "file") -> Checked:
    """The file as it may be stored; FileRefused, with words for the sender, when it may not.

    kinds: what is wanted here; field: the form field that the refusal names.
    """
    form = form_of(data)
    wanted = _list(kinds)
    if not data:
        raise FileRefused("empty", filename, field=field)
    if form is None:
        raise FileRefused("unknown", filename, field=field, wanted=wanted)
    kind = KIND_OF[form]
    claimed = claimed_kind(filename)
    if claimed is not None and claimed != kind:
        raise FileRefused("disguised", filename, field=field, found=_name(kind))
    if kind not in kinds:
        raise FileRefused("not_wanted", filename, field=field, found=_name(kind), wanted=wanted)
    if len(data) > limits.MAX_BYTES[kind]:
        raise refuse_size(kind, filename, field=field)
    try:
        return _read(form, kind, data)
    except Fault as fault:
        raise FileRefused(cast("Reason", fault.reason), filename, field=field, **fault.facts) from fault


def refuse_size(kind: Kind, filename: str, *, field: str) -> FileRefused:
    """The refusal of a file that is over its kind's limit."""
    most = limits.MAX_BYTES[kind]
    shown = f"{most // limits.MIB} MB" if most >= limits.MIB else f"{most // 1000} KB"
    return FileRefused("too_large", filename, field=field, limit=shown)


def _read(form: Form, kind: Kind, data: bytes) -> Checked:
    if form == "heic":
        raise Fault("heic")
    if form == "gif":
        raise Fault("animated" if _has_frames(data) else "unknown", wanted=_list(_IMAGES))
    if kind == "image":
        photo = read_photo(data)
        return Checked("image", "image/jpeg", photo.content, photo.thumbnail, photo.width, photo.height)
    if kind == "pdf":
        return Checked("pdf", "application/pdf", data, pages=count_pages(data))
    voice = read_voice(form, data)
    return Checked("voice", voice.media_type, voice.content, seconds=voice.seconds)


def _has_frames(gif: bytes) -> bool:
    return b"NETSCAPE2.0" in gif[:4096]


def _name(kind: Kind) -> str:
    names: dict[Kind, Any] = {"image": _("gambar"), "pdf": _("PDF"), "voice": _("rekaman suara atau video")}
    return str(names[kind])


def _list(kinds: Collection[Kind]) -> str:
    names: dict[Kind, Any] = {
        "image": _("foto JPEG, PNG, atau WebP"),
        "pdf": _("PDF"),
        "voice": _("pesan suara"),
    }
    shown = [str(names[kind]) for kind in KINDS if kind in kinds]
    return shown[0] if len(shown) == 1 else _("%(first)s atau %(last)s", first=", ".join(shown[:-1]), last=shown[-1])
