"""What can go wrong, said once.

A service raises one of these; `rest` answers it as an RFC 9457 problem document under /api, `web` as an Indonesian page
everywhere else. `title` and `detail` are shown to people: plain Indonesian, no internals.
"""

from dataclasses import dataclass
from typing import Any

from balai.words import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to correct: `field` is the name of the form field or a JSON pointer, `message` what to do."""

    field: str
    message: str


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """Base of every expected failure.

    status: HTTP status; slug: stable last part of the problem type URI; title/detail: for the reader; headers: extra
    response headers; extra: further members of the problem document.
    """

    status = 500
    slug = "gangguan"
    title: Any = _l("Maaf, ada gangguan di sistem kami")

    def __init__(
        self,
        detail: str | None = None,
        *,
        title: str | None = None,
        slug: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or title or self.title)
        self.detail = detail
        self.title = title or type(self).title
        self.slug = slug or type(self).slug
        self.headers = headers or {}
        self.extra = extra


class BadRequest(Problem):
    """400: the request can't be read."""

    status, slug, title = 400, "permintaan-tidak-terbaca", _l("Permintaan tidak bisa dibaca")


class Unauthenticated(Problem):
    """401: who are you?"""

    status, slug, title = 401, "belum-masuk", _l("Anda perlu masuk dulu")


class Forbidden(Problem):
    """403: we know you, but this is not yours to do."""

    status, slug, title = 403, "tidak-berwenang", _l("Anda tidak punya akses ke halaman ini")


class NotFound(Problem):
    """404: no such thing here. Carries no reason on purpose: a reason would tell that it exists elsewhere."""

    status, slug, title = 404, "tidak-ditemukan", _l("Halaman tidak ditemukan")


class Conflict(Problem):
    """409: not now, or somebody was faster."""

    status, slug, title = 409, "bentrok", _l("Data sudah berubah")


class TooLarge(Problem):
    """413: the upload or text is over its limit."""

    status, slug, title = 413, "terlalu-besar", _l("Kiriman terlalu besar")


class UnsupportedMedia(Problem):
    """415: this kind of file or content type is not taken."""

    status, slug, title = 415, "jenis-tidak-didukung", _l("Jenis kiriman ini tidak bisa diterima")


class Invalid(Problem):
    """422: understood, but some fields need correcting."""

    status, slug, title = 422, "perlu-diperbaiki", _l("Ada isian yang perlu diperbaiki")

    def __init__(self, errors: list[FieldError] | None = None, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.errors = errors or []

    @classmethod
    def field(cls, name: str, message: str) -> "Invalid":
        """One field is wrong."""
        return cls([FieldError(name, message)])


class TooMany(Problem):
    """429: slow down; `retry_after` in seconds."""

    status, slug, title = 429, "terlalu-sering", _l("Terlalu banyak permintaan")

    def __init__(self, retry_after: int = 60, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **extra)
        self.retry_after = retry_after


class Unavailable(Problem):
    """503: something that we lean on is not there; `retry_after` in seconds."""

    status, slug, title = 503, "belum-siap", _l("Layanan belum siap")

    def __init__(self, detail: str | None = None, *, retry_after: int = 15, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **extra)


class ConfigurationError(Exception):
    """The operator's settings can't work. The message names the setting and how to fix it."""
