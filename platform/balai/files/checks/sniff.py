"""What a file is, by its first bytes; its name and the sender's Content-Type only tell what it claims to be."""

from pathlib import PurePosixPath
from typing import Final, Literal

Kind = Literal["image", "pdf", "voice"]
Form = Literal["jpeg", "png", "webp", "pdf", "webm", "ogg", "mp4", "heic", "gif"]

KIND_OF: Final[dict[str, Kind]] = {
    "jpeg": "image", "png": "image", "webp": "image", "gif": "image", "heic": "image",
    "pdf": "pdf", "webm": "voice", "ogg": "voice", "mp4": "voice",
}  # fmt: skip
# Kinds by ending. A .jpg that holds a PNG is no disguise (chat apps do that every day): only the kind must agree.
CLAIMED: Final[dict[str, Kind]] = {
    **dict.fromkeys((".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".heic", ".heif"), "image"),
    **dict.fromkeys((".pdf",), "pdf"),
    **dict.fromkeys((".webm", ".weba", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".aac"), "voice"),
}  # fmt: skip
_HEIF_BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_STARTS: Final[tuple[tuple[bytes, Form], ...]] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
    (b"\x1a\x45\xdf\xa3", "webm"),
    (b"OggS", "ogg"),
)


def form_of(data: bytes) -> Form | None:
    """The format that the first bytes show, None when it is none we know."""
    for start, form in _STARTS:
        if data.startswith(start):
            return form
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return "heic" if data[8:12] in _HEIF_BRANDS else "mp4"
    return None


def claimed_kind(filename: str) -> Kind | None:
    """The kind that the name's ending promises, None when it promises none of ours."""
    return CLAIMED.get(PurePosixPath(filename.replace("\\", "/")).suffix.lower())
