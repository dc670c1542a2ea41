"""Shapes that the API takes and gives for services and cases. Descriptions are Indonesian: they stand in /api/docs.

A case is named by its code alone; its id tells when it was made and stays inside (decision 7).
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from balai.rest import PageQuery

ServiceId = Annotated[str, Meta(max_length=100, pattern=r"^[a-z0-9]+\.[a-z0-9_-]+$", description="mis. daerah.surat")]
Code = Annotated[str, Meta(max_length=40, description="Kode laporan.")]
AreaCode = Annotated[str, Meta(pattern=r"^\d\d(\.\d\d){0,2}(\.\d{4})?$", description="Kode desa atau kecamatan.")]
Moment = Annotated[datetime, Meta(tz=True)]
VisibilityName = Literal["public", "private", "secret"]
FileToken = Annotated[str, Meta(max_length=64, description="Token dari POST /api/v1/files.")]


class ServiceItem(Struct):
    """Satu layanan; `open`: sedang menerima kiriman baru."""

    id: str
    title: str
    summary: str
    sector: str
    topic: str
    kind: str
    visibility: str
    anonymous: bool
    open: bool


class ServiceList(Struct):
    """Layanan daerah ini."""

    items: list[ServiceItem]


class StateItem(Struct):
    """Satu keadaan dalam alur; `sla_days` dalam hari kerja."""

    key: str
    label: str
    waits_for: str
    sla_days: int | None
    outcome: str | None


class FileQuestion(Struct):
    """Pertanyaan yang dijawab dengan berkas."""

    key: str
    label: str
    type: str
    required: bool


class ServiceDetail(ServiceItem):
    """Satu layanan dengan formulirnya (`form`: JSON Schema dari `data`)."""

    version: int
    legal_basis: str
    fee: int | None
    fee_per: str
    documents: list[str]
    reason: str
    call_instead: str
    asks_place: bool
    files: list[FileQuestion]
    states: list[StateItem]
    form: dict[str, Any]


class CaseQuery(PageQuery, forbid_unknown_fields=True, kw_only=True):
    """Saringan daftar laporan."""

    service: Annotated[list[ServiceId], Meta(max_length=20, description="Hanya layanan ini.")] = field(
        default_factory=list
    )
    state: Annotated[
        list[Annotated[str, Meta(max_length=60)]], Meta(max_length=20, description="Hanya keadaan ini.")
    ] = field(default_factory=list)
    open: Annotated[bool | None, Meta(description="true: belum selesai; false: sudah.")] = None
    overdue: Annotated[bool, Meta(description="true: hanya yang lewat tenggat.")] = False
    unit: Annotated[UUID | None, Meta(description="Hanya unit ini.")] = None
    region: Annotated[AreaCode | None, Meta(description="Hanya kecamatan (dengan desanya) atau desa ini.")] = None
    filed_from: Annotated[Moment | None, Meta(description="Dikirim sejak (RFC 3339, dengan zona).")] = None
    filed_until: Annotated[Moment | None, Meta(description="Dikirim sebelum (RFC 3339, dengan zona).")] = None
    q: Annotated[
        str, Meta(max_length=200, description="Untuk petugas: kata dalam laporan, kode atau awalnya, atau nama tempat.")
    ] = ""


class CaseItem(Struct):
    """Satu laporan atau permohonan dalam daftar."""

    code: str
    service: str
    state: str
    waits_for: str
    outcome: str | None
    summary: str
    region: str
    channel: str
    visibility: str
    anonymous: bool
    unit: UUID
    assignee: UUID | None
    filed_at: datetime
    changed_at: datetime
    due_at: datetime | None
    overdue: bool
    closed_at: datetime | None
    rating: int | None


class CasePage(Struct):
    """Satu halaman daftar laporan."""

    items: list[CaseItem]
    next: str | None


class Position(Struct, forbid_unknown_fields=True):
    """Titik di peta, derajat WGS84."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class PlaceIn(Struct, forbid_unknown_fields=True):
    """Tempatnya: kode desa atau kecamatan (wajib bila layanannya bertanya), patokan, titik bila ada."""

    region: Annotated[str, Meta(pattern=r"^(\d\d(\.\d\d){0,2}(\.\d{4})?)?$")] = ""
    landmark: Annotated[str, Meta(max_length=300)] = ""
    position: Position | None = None


class ReporterIn(Struct, forbid_unknown_fields=True):
    """Cara menghubungi pengirim; semuanya boleh kosong."""

    name: Annotated[str, Meta(max_length=120)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""


class NewCase(Struct, forbid_unknown_fields=True):
    """Laporan atau permohonan baru. `data` menurut `form` dari layanannya."""

    service: ServiceId
    data: dict[str, Any] = field(default_factory=dict)
    place: PlaceIn | None = None
    reporter: ReporterIn | None = None
    anonymous: bool = False
    visibility: VisibilityName | None = None
    files: dict[str, Annotated[list[FileToken], Meta(max_length=10)]] = field(default_factory=dict)
    assisted: Annotated[bool, Meta(description="true: petugas mengisikan untuk orang lain.")] = False


class Filed(Struct):
    """Tanda terima. `link_secret` membuka laporan ini bagi pengirimnya dan hanya diberikan sekarang."""

    code: str
    link_secret: str
    state: str
    tracking_url: str


class FileItem(Struct):
    """Satu berkas pada laporan."""

    id: UUID
    field: str
    media_type: str
    bytes: int


class TimelineItem(Struct):
    """Satu kejadian. `words`: yang ditulis pada langkah itu, menurut jenisnya (answer, question, reply, reason, note)."""

    seq: int
    kind: str
    at: datetime
    by: str
    unit: UUID | None
    from_state: str | None
    to_state: str | None
    words: dict[str, str]
    redacted: bool


class StepItem(Struct):
    """Langkah yang bisa Anda ambil sekarang; `demands`: yang perlu diisi di `fields`."""

    key: str
    label: str
    demands: list[str]


class CaseDetail(Struct, omit_defaults=False):
    """Satu laporan. `view` menyebut seberapa banyak yang terlihat: staff, reporter atau public."""

    view: Literal["staff", "reporter", "public"]
    code: str
    service: str
    title: str
    state: str
    state_label: str
    waits_for: str
    outcome: str | None
    seq: int
    summary: str
    data: dict[str, Any]
    region: str
    landmark: str
    position: Position | None
    channel: str
    visibility: str
    anonymous: bool
    unit: UUID | None
    assignee: UUID | None
    filed_at: datetime
    changed_at: datetime
    due_at: datetime | None
    overdue: bool
    closed_at: datetime | None
    rating: int | None
    steps: list[StepItem]
    timeline: list[TimelineItem]
    files: list[FileItem]


class StepTaken(Struct, forbid_unknown_fields=True):
    """Langkah yang diambil. `seq`: nomor kejadian terakhir yang Anda lihat (boleh juga lewat If-Match)."""

    step: Annotated[str, Meta(max_length=60)]
    fields: dict[str, Any] = field(default_factory=dict)
    seq: Annotated[int, Meta(ge=0, le=2_000_000_000)] | None = None


class AssignmentIn(Struct, forbid_unknown_fields=True):
    """Siapa yang menangani. Tanpa `unit`: unitnya tetap; `me`: saya sendiri; tanpa `me` dan `member`: belum ada orangnya."""

    unit: UUID | None = None
    member: UUID | None = None
    me: bool = False
    seq: Annotated[int, Meta(ge=0, le=2_000_000_000)] | None = None


class RatingIn(Struct, forbid_unknown_fields=True):
    """Penilaian pengirim, 1 sampai 5."""

    stars: Annotated[int, Meta(ge=1, le=5)]
    comment: Annotated[str, Meta(max_length=2000)] = ""


class Uploaded(Struct):
    """Berkas yang diterima; `token` dipakai dalam 24 jam di `files`."""

    token: str
    media_type: str
    bytes: int


class Attachment(Struct, forbid_unknown_fields=True):
    """Berkas yang ditambahkan pada laporan."""

    files: Annotated[list[FileToken], Meta(min_length=1, max_length=10)]
