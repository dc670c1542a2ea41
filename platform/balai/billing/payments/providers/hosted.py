"""Payment companies that show a page of their own and sign their callbacks inside the body, over three of its fields:
SHA512(order_id + status_code + gross_amount + server_key).

That proves less than it seems: what happened (`transaction_status`) isn't signed, nor when. So a callback only wakes us: what it
is about is asked for at the provider's own address, and that answer, signed the same way, is what counts.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import msgspec

from balai.contracts import (
    PaymentAccount,
    PaymentCall,
    PaymentFault,
    PaymentMethod,
    PaymentNotice,
    PaymentOffer,
    PaymentOrder,
    PaymentProvider,
    PaymentSetting,
    PaymentState,
)
from balai.web.i18n import lazy_gettext as _l

_SIGNED: Final = ("order_id", "status_code", "gross_amount")
# Our orders have twelve digits and codes have three: so no two triples are the same text once they stand behind each other.
_SHAPES: Final = {
    "order_id": re.compile(rb"\d{12}"), "status_code": re.compile(rb"\d{3}"),
    "gross_amount": re.compile(rb"\d{1,13}(?:\.\d{2})?"), "signature_key": re.compile(rb"[0-9a-f]{128}"),
}  # fmt: skip
_FIELDS: Final = {name: re.compile(rb'"%s"\s*:\s*"([^"\\]{0,130})"' % name.encode()) for name in _SHAPES}
_MONEY: Final = re.compile(r"(\d{1,13})(?:\.00)?")
_STATES: Final[dict[str, PaymentState]] = {
    "settlement": "paid", "capture": "paid", "pending": "pending", "authorize": "pending", "deny": "failed", "cancel": "failed",
    "failure": "failed", "expire": "expired", "refund": "refunded", "partial_refund": "refunded", "chargeback": "refunded",
    "partial_chargeback": "refunded",
}  # fmt: skip
_JAKARTA: Final = timezone(timedelta(hours=7))  # the provider's clock, whatever the region's is
_MISSING: Final = "404"
_BROKEN: Final = 500


def create(account: PaymentAccount, order: PaymentOrder) -> PaymentOffer:
    """The address of the provider's page for this order."""
    body = {
        "transaction_details": {"order_id": order.code, "gross_amount": order.rupiah},
        "item_details": [{"id": order.code, "price": order.rupiah, "quantity": 1, "name": order.label[:50]}],
        "expiry": {"duration": 60, "unit": "minute"},
    }
    status, told = _send(account, "POST", account.values.get("page_url", ""), msgspec.json.encode(body))
    address = told.get("redirect_url")
    if status // 100 != 2 or not isinstance(address, str):  # noqa: PLR2004 - HTTP
        raise PaymentFault(f"penyedia tidak memberi halaman pembayaran ({status})")
    return PaymentOffer(url=address, reference=order.code)


def _send(account: PaymentAccount, method: str, url: str, body: bytes) -> tuple[int, dict[str, Any]]:
    secret = base64.b64encode(f"{account.values.get('server_key', '')}:".encode()).decode()
    headers = {"Accept": "application/json", "Content-Type": "application/json", "Authorization": f"Basic {secret}"}
    reply = account.call(method, url, headers, body)
    if reply.status >= _BROKEN:
        raise ConnectionError(f"penyedia sedang tidak bisa menjawab ({reply.status})")
    try:
        told = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, RecursionError):
        told = None
    return reply.status, told if isinstance(told, dict) else {}


def signature_of(values: Mapping[str, str], key: str) -> str:
    """Small hex SHA512 over the signed fields and the key, as the provider writes it."""
    return hashlib.sha512("".join([*(values[name] for name in _SIGNED), key]).encode()).hexdigest()


def proven(body: bytes, key: str) -> dict[str, str] | None:
    """The signed fields of a raw body when its signature holds, None otherwise. The body is searched, not parsed: each field
    stands in it once, as plain text of its own shape.
    """
    found: dict[str, str] = {}
    for name, field in _FIELDS.items():
        values = field.findall(body)
        if len(values) != 1 or not _SHAPES[name].fullmatch(values[0]):
            return None
        found[name] = values[0].decode("ascii")
    holds = bool(key) and hmac.compare_digest(signature_of(found, key), found["signature_key"])
    return found if holds else None


def verify(account: PaymentAccount, call: PaymentCall) -> bool:
    """Whether whoever wrote this body knows the key. It may be an old one: see `read`, which believes nothing but its order."""
    return proven(call.body, account.values.get("server_key", "")) is not None


def read(account: PaymentAccount, call: PaymentCall) -> PaymentNotice:
    """That something happened to an order: always "pending", so that the provider is asked what."""
    told, signed = _decode(call.body), proven(call.body, account.values.get("server_key", ""))
    # The same fields once more, as a reader of JSON sees them: nested or written in another way they are somebody's trick.
    if signed is None or any(told.get(name) != signed[name] for name in _SIGNED):
        raise PaymentFault("kabar penyedia tidak sama dengan yang ditandatangani")
    return PaymentNotice(signed["order_id"], "pending", None, _reference(told, signed["order_id"]))


def _decode(body: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise PaymentFault("kabar penyedia bukan JSON") from fault
    if not isinstance(told, dict):
        raise PaymentFault("kabar penyedia bukan JSON berisi nama dan nilai")
    return told


def _reference(told: Mapping[str, Any], order: str) -> str:
    given = told.get("transaction_id")
    return given if isinstance(given, str) and given else order


def ask(account: PaymentAccount, order: str, _known_as: str, _method: PaymentMethod) -> PaymentNotice | None:
    """What the provider says about an order on being asked; None when it knows none (the payer never chose a way there)."""
    base = account.values.get("url", "").rstrip("/")
    status, told = _send(account, "GET", f"{base}/v2/{order}/status", b"")
    if str(told.get("status_code", status)) == _MISSING:
        return None
    signed = {name: str(told.get(name, "")) for name in (*_SIGNED, "signature_key")}
    key = account.values.get("server_key", "")
    wanted, given = signature_of(signed, key).encode(), signed["signature_key"].encode(errors="replace")
    if status // 100 != 2 or not hmac.compare_digest(wanted, given):  # noqa: PLR2004 - HTTP
        raise PaymentFault(f"penyedia menjawab {status} tanpa tanda tangan yang benar")
    state = _STATES.get(str(told.get("transaction_status")))
    if state is None:
        raise PaymentFault("keadaan pembayaran dari penyedia tidak dikenal")
    if state == "paid" and told.get("fraud_status", "accept") != "accept":
        state = "pending"
    at = _moment(told.get("settlement_time") or told.get("transaction_time"))
    return PaymentNotice(signed["order_id"], state, _rupiah(told), _reference(told, order), at)


def _rupiah(told: Mapping[str, Any]) -> int | None:
    found = _MONEY.fullmatch(str(told.get("gross_amount", "")))
    return int(found[1]) if found and found[1].isascii() and told.get("currency", "IDR") == "IDR" else None


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_JAKARTA) if isinstance(text, str) else None
    except ValueError:
        return None


_KEY_HELP: Final = _l("Dengan kunci ini kabar dari penyedia diperiksa dan keadaannya ditanyakan.")
PROVIDER: Final = PaymentProvider(
    key="halaman",
    label=_l("Penyedia dengan halaman pembayaran sendiri"),
    methods=("link",),
    create=create,
    verify=verify,
    read=read,
    ask=ask,
    settings=(
        PaymentSetting(
            "url", _l("Alamat layanan"), "url", _l("Dari penyedia, misalnya https://api.penyedia.contoh.id")
        ),
        PaymentSetting(
            "page_url", _l("Alamat pembuat halaman"), "url", _l("Dari penyedia, untuk membuka halaman pembayaran.")
        ),
        PaymentSetting("server_key", _l("Server key"), "secret", _KEY_HELP),
    ),
    help=_l("Pembayar pindah ke halaman penyedia. Kabar yang masuk selalu ditanyakan kembali sebelum dipercaya."),
)
