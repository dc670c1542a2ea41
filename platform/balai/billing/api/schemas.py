"""Shapes that the API takes and gives for invoices. Descriptions are Indonesian: they stand in /api/docs. All money is rupiah."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from balai.billing.drafts import MOST_LINES, MOST_MONTHS, MOST_RUPIAH
from balai.rest import PageQuery

Kind = Annotated[str, Meta(max_length=60, pattern=r"^[a-z][a-z0-9_.-]*$")]
Series = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{0,11}$", description="Seri nomor, mis. AIR.")]
Rupiah = Annotated[int, Meta(ge=-MOST_RUPIAH, le=MOST_RUPIAH)]
Positive = Annotated[int, Meta(ge=1, le=MOST_RUPIAH)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]
StateName = Literal["open", "part_paid", "paid", "overdue", "cancelled"]


class InvoiceQuery(PageQuery, forbid_unknown_fields=True, kw_only=True):
    """Saringan daftar tagihan."""

    state: Annotated[Literal["open", "paid", "cancelled"] | None, Meta(description="Keadaannya.")] = None
    overdue: Annotated[bool, Meta(description="true: hanya yang lewat batas bayar.")] = False
    series: Annotated[Series | None, Meta(description="Hanya seri ini.")] = None
    subject_kind: Annotated[Kind | None, Meta(description="Untuk apa, bersama subject_id.")] = None
    subject_id: Annotated[str, Meta(max_length=200, description="Yang ditagihkan, bersama subject_kind.")] = ""


class InvoiceItem(Struct):
    """Satu tagihan dalam daftar; `rest`: yang masih harus dibayar."""

    number: str
    status: StateName
    total: int
    fees: int
    credited: int
    paid: int
    rest: int
    issued_on: date
    due_on: date
    subject_kind: str
    subject_id: str


class InvoicePage(Struct):
    """Satu halaman daftar tagihan."""

    items: list[InvoiceItem]
    next: str | None


class PayerOut(Struct):
    """Pembayar. Petugas melihat nomornya tersamar; pada permohonan rahasia namanya pun."""

    name: str
    phone: str
    email: str


class LineOut(Struct):
    """Satu rincian; `reason`: dasar hitungannya."""

    text: str
    amount: int
    account: str
    quantity: str
    unit: str
    unit_price: int | None
    reason: dict[str, str]


class MomentOut(Struct):
    """Yang terjadi pada tagihan ini; `rest`: sisa sesudahnya."""

    at: datetime
    kind: Literal["billed", "late_fee", "credit", "cancel", "instalments", "paid", "taken_back"]
    amount: int
    rest: int
    reason: str


class PartOut(Struct):
    """Satu cicilan yang disetujui; `left`: yang belum dibayar."""

    due_on: date
    amount: int
    left: int


class InvoiceDetail(InvoiceItem):
    """Satu tagihan dengan rincian dan riwayatnya."""

    payer: PayerOut
    lines: list[LineOut]
    history: list[MomentOut]
    instalments: list[PartOut]


class PaymentItem(Struct):
    """Uang untuk satu tagihan; `amount`: yang kini dipakai untuk tagihan ini."""

    receipt: str
    method: str
    amount: int
    paid_at: datetime
    taken_back: bool


class PaymentList(Struct):
    """Semua pembayaran satu tagihan, yang pertama dulu."""

    items: list[PaymentItem]


class PayerIn(Struct, forbid_unknown_fields=True):
    """Pembayar."""

    name: Annotated[str, Meta(min_length=1, max_length=300)]
    phone: Annotated[str, Meta(max_length=30)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""


class LineIn(Struct, forbid_unknown_fields=True):
    """Satu rincian. Potongan: jumlah kurang dari nol pada akun potongan, dengan alasan."""

    text: Annotated[str, Meta(min_length=1, max_length=300)]
    amount: Rupiah
    account: Annotated[str, Meta(max_length=60, description="mis. pendapatan.air; harus sudah ada.")]
    quantity: Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,3})?$")] = "1"
    unit: Annotated[str, Meta(max_length=20)] = ""
    unit_price: Annotated[int, Meta(ge=0, le=MOST_RUPIAH)] | None = None
    reason: Annotated[
        dict[Annotated[str, Meta(max_length=60)], Annotated[str, Meta(max_length=300)]], Meta(max_length=20)
    ] = field(default_factory=dict)


class LateFeeIn(Struct, forbid_unknown_fields=True):
    """Denda terlambat. `rate`: perseratus persen, atau rupiah bila `kind` fixed."""

    kind: Literal["percent", "fixed"]
    rate: Annotated[int, Meta(ge=0, le=MOST_RUPIAH)]
    every: Literal["once", "month"] = "month"
    most: Annotated[int, Meta(ge=1, le=MOST_MONTHS)] = 24
    grace_days: Annotated[int, Meta(ge=0, le=366)] = 0
    rounding: Literal["up", "down", "nearest"] = "down"
    decree: Annotated[str, Meta(max_length=200)] = ""


# What rooms and plugins bill for they issue themselves, and they act when it is paid: nobody else speaks in their name ("luar.").
class InvoiceIn(Struct, forbid_unknown_fields=True):
    """Tagihan baru dari sistem lain; `subject_kind` diawali `luar.`."""

    series: Series
    subject_kind: Annotated[str, Meta(max_length=60, pattern=r"^luar\.[a-z0-9_.-]+$", description="mis. luar.reklame")]
    subject_id: Annotated[str, Meta(min_length=1, max_length=200)]
    payer: PayerIn
    lines: Annotated[list[LineIn], Meta(min_length=1, max_length=MOST_LINES)]
    due_date: date
    late_fee: LateFeeIn | None = None


class Issued(Struct):
    """Tagihan yang baru terbit. `path` memuat kuncinya: hanya untuk pembayarnya."""

    number: str
    total: int
    path: str


class Cancelling(Struct, forbid_unknown_fields=True):
    """Alasan pembatalan."""

    reason: Reason


class Crediting(Struct, forbid_unknown_fields=True):
    """Potongan dengan alasan dan dasar keputusannya."""

    amount: Positive
    reason: Reason
    decree: Annotated[str, Meta(max_length=200)] = ""


def text_values(given: dict[str, Any]) -> dict[str, str]:
    """A line's reason as texts, whatever its issuer wrote."""
    return {str(key): str(value) for key, value in given.items()}
