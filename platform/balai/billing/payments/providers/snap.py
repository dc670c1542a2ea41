"""Banks and payment companies that speak SNAP, the national standard of Bank Indonesia: virtual accounts and QRIS.

Requests carry a token and an HMAC of their own; callbacks are signed with the provider's private key over the raw body, the
address and the time, so a region pastes the provider's public key once.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec

from balai.billing.payments.providers import own_qris, signing, snap_line
from balai.billing.payments.providers.snap_line import notice_state, whole_rupiah, written
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
)
from balai.web.i18n import lazy_gettext as _l

_VA_PAID: Final = "/transfer-va/payment"
_QR_TOLD: Final = "/qr/qr-mpm-notify"
_MOST_PAGES: Final = 200
_PAGE: Final = 100


def create(account: PaymentAccount, order: PaymentOrder) -> PaymentOffer:
    """A number or a QR from the provider, checked before anybody sees it."""
    if order.method == "qris":
        body = {
            "partnerReferenceNo": order.code, "amount": written(order.rupiah),
            "merchantId": account.values.get("merchant_id", ""),
            "validityPeriod": order.until.isoformat(timespec="seconds"),
        }  # fmt: skip
        told = snap_line.ask(account, "/v1.0/qr/qr-mpm-generate", body)
        return PaymentOffer(
            qr=own_qris.check(str(told.get("qrContent", "")), order.rupiah),
            reference=str(told.get("referenceNo", ""))[:64],
        )
    number = account.values.get("partner_service_id", "").strip() + order.code
    body = {
        **_va(account, order.code), "virtualAccountName": order.label[:255], "trxId": order.code,
        "totalAmount": written(order.rupiah), "virtualAccountTrxType": "C",
        "expiredDate": order.until.isoformat(timespec="seconds"),
    }  # fmt: skip
    told = snap_line.ask(account, "/v1.0/transfer-va/create-va", body)
    made = told.get("virtualAccountData")
    given = str(made.get("virtualAccountNo", "")).strip() if isinstance(made, dict) else ""
    if given != number:
        raise PaymentFault("penyedia memberi nomor virtual account yang lain daripada yang diminta")
    return PaymentOffer(number=number, reference=order.code)


def _va(account: PaymentAccount, code: str) -> dict[str, Any]:
    service = account.values.get("partner_service_id", "").strip()
    return {"partnerServiceId": service.rjust(8), "customerNo": code, "virtualAccountNo": service.rjust(8) + code}


def verify(account: PaymentAccount, call: PaymentCall) -> bool:
    """Whether the provider signed exactly this body for exactly this address, just now."""
    stamp = call.headers.get("x-timestamp", "")
    text = f"{call.method}:{call.path}:{signing.body_hash(call.body)}:{stamp}"
    key = account.values.get("provider_key", "")
    holds = signing.holds_rsa(key, text.encode(errors="replace"), call.headers.get("x-signature", ""))
    return holds and signing.is_fresh(stamp, account.now)


def read(account: PaymentAccount, call: PaymentCall) -> PaymentNotice | None:
    """What a proven callback tells; None when it's no payment's; PaymentFault when it can't be read."""
    try:
        told = msgspec.json.decode(call.body)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise PaymentFault("kabar penyedia bukan JSON") from fault
    if not isinstance(told, dict):
        raise PaymentFault("kabar penyedia bukan JSON berisi nama dan nilai")
    if call.path.endswith(_VA_PAID):
        return _va_notice(account, told)
    if call.path.endswith(_QR_TOLD):
        _check_merchant(account, told)
        return _qr_notice(told)
    return None


def _check_merchant(account: PaymentAccount, told: Mapping[str, Any]) -> None:
    """A bank signs for all its merchants with one key: what is told about another one's QR is none of ours."""
    own, more = account.values.get("merchant_id", "").strip(), told.get("additionalInfo")
    given = told.get("merchantId") or (more.get("merchantId") if isinstance(more, dict) else None)
    if own and given is not None and str(given).strip() != own:
        raise PaymentFault("kabar penyedia untuk pedagang lain")


def _va_notice(account: PaymentAccount, told: Mapping[str, Any]) -> PaymentNotice:
    code = str(told.get("trxId") or told.get("customerNo") or "").strip()
    number, service = (
        str(told.get("virtualAccountNo", "")).strip(),
        account.values.get("partner_service_id", "").strip(),
    )
    if str(told.get("partnerServiceId", service)).strip() != service or (
        number and number.removeprefix(service) != code
    ):
        raise PaymentFault("nomor virtual account tidak cocok dengan nomor pembayarannya")
    reference = str(told.get("paymentRequestId") or told.get("referenceNo") or "")
    return _notice(code, "paid", told.get("paidAmount"), reference, told.get("trxDateTime"))


def _qr_notice(told: Mapping[str, Any]) -> PaymentNotice:
    state = notice_state(told.get("latestTransactionStatus"))
    code, reference = str(told.get("originalPartnerReferenceNo", "")), str(told.get("originalReferenceNo", ""))
    return _notice(code, state, told.get("amount"), reference, told.get("transactionDate") or told.get("paidTime"))


def _notice(code: str, state: Any, amount: Any, reference: str, at: Any) -> PaymentNotice:
    if not code or len(code) > 64 or not reference or len(reference) > 64:  # noqa: PLR2004 - SNAP's own lengths
        raise PaymentFault("kabar penyedia tidak menyebut nomor pembayaran")
    return PaymentNotice(code, state, whole_rupiah(amount), reference, snap_line.moment(at))


def ask(account: PaymentAccount, order: str, reference: str, method: PaymentMethod) -> PaymentNotice | None:
    """The provider's answer about one order; None when it knows none."""
    if method == "qris":
        body = {"originalPartnerReferenceNo": order, "originalReferenceNo": reference, "serviceCode": "47"}
        told = snap_line.ask(account, "/v1.0/qr/qr-mpm-query", body, missing=True)
        return None if told is None else _qr_notice({"originalPartnerReferenceNo": order, **told})
    told = snap_line.ask(
        account, "/v1.0/transfer-va/status", {**_va(account, order), "inquiryRequestId": order}, missing=True
    )
    found = told.get("virtualAccountData") if told is not None else None
    if not isinstance(found, dict):
        return None
    state = "paid" if found.get("paymentFlagStatus") == "00" else "pending"
    paid_by = str(found.get("paymentRequestId") or order)
    return _notice(order, state, found.get("paidAmount"), paid_by, found.get("trxDateTime"))


def report(account: PaymentAccount, day: date) -> Iterable[PaymentNotice]:
    """Every payment of that day, page by page, by the provider's history of transactions."""
    begin = datetime.combine(day, time(), tzinfo=account.now.tzinfo)
    for page in range(_MOST_PAGES):
        body = {
            "fromDateTime": begin.isoformat(timespec="seconds"),
            "toDateTime": (begin + timedelta(days=1)).isoformat(timespec="seconds"),
            "pageSize": str(_PAGE), "pageNumber": str(page),
        }  # fmt: skip
        told = snap_line.ask(account, "/v1.0/transaction-history-list", body)
        rows = told.get("detailData")
        if not isinstance(rows, list):
            raise PaymentFault("daftar pembayaran dari penyedia tidak terbaca")
        for row in rows:
            extra = row.get("additionalInfo") if isinstance(row, dict) else None
            if not isinstance(extra, dict):
                raise PaymentFault("daftar pembayaran dari penyedia tidak terbaca")
            yield _notice(
                str(extra.get("partnerReferenceNo", "")), notice_state(row.get("status")), row.get("amount"),
                str(extra.get("referenceNo", "")), row.get("dateTime"),
            )  # fmt: skip
        if len(rows) < _PAGE:
            return
    raise PaymentFault("daftar pembayaran dari penyedia terlalu panjang")


def answer(call: PaymentCall, taken: bool) -> dict[str, Any]:
    """SNAP's own reply: 200 with the number of the service, or 401."""
    service = "25" if call.path.endswith(_VA_PAID) else "52"
    if taken:
        return {"responseCode": f"200{service}00", "responseMessage": "Successful"}
    return {"responseCode": f"401{service}00", "responseMessage": "Unauthorized. Signature"}


_PREFIX_HELP: Final = _l("Angka di depan setiap nomor, dari penyedia.")
_OWN_KEY_HELP: Final = _l("Pasangannya, kunci publik, diberikan ke penyedia.")
_THEIR_KEY_HELP: Final = _l("Dengan ini kabar dari penyedia diperiksa.")
PROVIDER: Final = PaymentProvider(
    key="snap",
    label=_l("Bank atau penyedia dengan SNAP (Bank Indonesia)"),
    methods=("va", "qris"),
    create=create,
    verify=verify,
    read=read,
    ask=ask,
    report=report,
    answer=answer,
    settings=(
        PaymentSetting("url", _l("Alamat layanan"), "url", _l("Dari penyedia, misalnya https://api.bank.contoh.id")),
        PaymentSetting("client_id", _l("Client ID (X-CLIENT-KEY)")),
        PaymentSetting("partner_id", _l("Partner ID (X-PARTNER-ID)")),
        PaymentSetting("channel_id", _l("Channel ID"), "number", default="95221"),
        PaymentSetting("partner_service_id", _l("Awalan virtual account"), "number", _PREFIX_HELP, required=False),
        PaymentSetting("merchant_id", _l("Merchant ID untuk QRIS"), required=False),
        PaymentSetting("client_secret", _l("Client secret"), "secret"),
        PaymentSetting("private_key", _l("Kunci pribadi daerah (PEM)"), "pem", _OWN_KEY_HELP),
        PaymentSetting("provider_key", _l("Kunci publik penyedia (PEM)"), "long", _THEIR_KEY_HELP),
    ),
    help=_l("Uang yang masuk dikabarkan penyedia saat itu juga, lalu dicocokkan lagi setiap malam."),
)  # fmt: skip
