"""A SNAP bank on 127.0.0.1, as providers run them: a real HTTP server that checks every signature it gets, makes virtual accounts
and QRIS, signs what it tells, and behaves badly on request: repeats, turns around, delays, drops.

`with BankSimulator() as bank:` then `bank.settings()` for a region, `bank.authority` (BALAI_OUTBOUND_ALLOW), `bank.pay(code)`,
`bank.callbacks()` and `bank.deliver(post)`.
"""

import base64
import functools
import hashlib
import hmac
import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import qriskit
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from balai.clock import now

PREFIX = "98765"
CLIENT_SECRET = "rahasia-klien-uji-0123456789"
STICKER = qriskit.build(
    merchant_name="PEMDA UJI", merchant_city="BANTUL", postal_code="55711", mcc="9399",
    accounts=[qriskit.MerchantAccount("26", (qriskit.Node("00", "COM.BANKUJI.WWW"), qriskit.Node("01", "936009140000000001"),
                                             qriskit.Node("02", "G1"), qriskit.Node("03", "UMI")))],
)  # fmt: skip


@functools.lru_cache(maxsize=4)
def key_pair(owner: str) -> tuple[str, str]:
    """(private PEM, public PEM) of `owner`; the same for the whole process."""
    assert owner
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.strip(), public.decode().strip()


@dataclass(frozen=True, slots=True)
class Told:
    """A callback, ready to be posted."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Order:
    """What the bank knows of an order; payments: (rupiah, its own number, moment)."""

    code: str
    rupiah: int
    method: str
    payments: list[tuple[int, str, datetime]] = field(default_factory=list)
    refunded: bool = False


@dataclass(slots=True)
class BankSimulator:
    """delay (seconds), broken (answers 500), empty_qr: how the next requests go. orders: by code; asked: paths in order."""

    delay: float = 0.0
    broken: bool = False
    forget: set[str] = field(default_factory=set)  # orders that the report leaves out
    orders: dict[str, Order] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    untold: list[Told] = field(default_factory=list)
    wrong_qr: bool = False
    port: int = 0
    home: str = ""  # slug of the region whose callbacks these are
    _server: ThreadingHTTPServer | None = None
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def authority(self) -> str:
        """host:port."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.server_address[1]}"

    def settings(self, **changes: str) -> dict[str, str]:
        """What a region's treasurer types in for this bank, switched on."""
        own, _public = key_pair("region")
        return {
            "url": f"http://{self.authority}/bank", "client_id": "klien-uji", "partner_id": "mitra-uji", "channel_id": "95221",
            "partner_service_id": PREFIX, "merchant_id": "MID-1", "client_secret": CLIENT_SECRET, "private_key": own,
            "provider_key": key_pair("bank")[1], "switched_on": "ya", **changes,
        }  # fmt: skip

    # --- what payers do, and what the bank tells about it ---

    def know(self, code: str, rupiah: int, method: str = "va") -> Order:
        """The bank's own idea of an order, made without asking the region."""
        return self.orders.setdefault(code, Order(code, rupiah, method))

    def pay(self, code: str, rupiah: int | None = None, *, at: datetime | None = None, silent: bool = False) -> Told:
        """Somebody pays; the callback waits in `untold` unless silent (the bank forgets to tell)."""
        order = self.orders[code]
        amount = order.rupiah if rupiah is None else rupiah
        reference = f"R{next(self._numbers):06d}{code[:6]}"
        order.payments.append((amount, reference, at or now()))
        told = self.callback(code, amount, reference, at=at or now())
        if not silent:
            self.untold.append(told)
        return told

    def callback(
        self, code: str, rupiah: Any, reference: str, *, at: datetime | None = None, status: str = "00"
    ) -> Told:
        """A signed callback about an order, whatever is in it."""
        order = self.orders.get(code)
        amount = {"value": f"{rupiah}.00" if isinstance(rupiah, int) else rupiah, "currency": "IDR"}
        moment = (at or now()).isoformat(timespec="seconds")
        if order is None or order.method == "va":
            body = {
                "partnerServiceId": PREFIX.rjust(8), "customerNo": code, "virtualAccountNo": PREFIX + code, "trxId": code,
                "virtualAccountName": "SITI AMINAH", "paymentRequestId": reference, "paidAmount": amount,
                "trxDateTime": moment,
            }  # fmt: skip
            return self.signed("/v1.0/transfer-va/payment", json.dumps(body).encode())
        body = {
            "originalReferenceNo": reference, "originalPartnerReferenceNo": code, "latestTransactionStatus": status,
            "amount": amount, "transactionDate": moment, "customerNumber": "081234567890",
        }  # fmt: skip
        return self.signed("/v1.0/qr/qr-mpm-notify", json.dumps(body).encode())

    def signed(self, tail: str, body: bytes, *, key: str = "bank", at: datetime | None = None) -> Told:
        """Any body, signed as the bank does (or as somebody else would, with another key)."""
        path, stamp = f"/kait/billing/snap/{self.home}{tail}", (at or now()).isoformat(timespec="seconds")
        text = f"POST:{path}:{hashlib.sha256(body).hexdigest()}:{stamp}".encode()
        signature = base64.b64encode(_private_key(key).sign(text, padding.PKCS1v15(), SHA256())).decode()
        headers = {
            "Content-Type": "application/json",
            "X-TIMESTAMP": stamp,
            "X-SIGNATURE": signature,
            "X-PARTNER-ID": "mitra-uji",
        }
        return Told(path, headers, body)

    def deliver(
        self, post: Callable[[Told], int], *, repeat: int = 1, shuffle: random.Random | None = None, drop: float = 0.0
    ) -> list[int]:
        """Post what waits, each `repeat` times, shuffled, some of it dropped; the statuses."""
        waiting = [told for told in self.untold for _ in range(repeat)]
        if shuffle is not None:
            shuffle.shuffle(waiting)
            waiting = [told for told in waiting if shuffle.random() >= drop]
        self.untold.clear()
        return [post(told) for told in waiting]

    # --- the bank's own service ---

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """(status, JSON) of one request, once its signature holds."""
        with self._lock:
            self.asked.append(path)
        time.sleep(self.delay)
        if self.broken:
            return 500, {"responseCode": "5000000", "responseMessage": "General Error"}
        if path.endswith("/access-token/b2b"):
            return self._token(headers)
        if not self._holds(path, headers, body):
            return 401, {"responseCode": "4010000", "responseMessage": "Unauthorized. Signature"}
        told = json.loads(body)
        for tail, handler in _HANDLERS.items():
            if path.endswith(tail):
                return handler(self, told)
        return 404, {"responseCode": "4040000", "responseMessage": "Not found"}

    def _token(self, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        text = f"{headers.get('x-client-key')}|{headers.get('x-timestamp')}".encode()
        public = serialization.load_pem_public_key(key_pair("region")[1].encode())
        assert isinstance(public, rsa.RSAPublicKey)
        try:
            public.verify(base64.b64decode(headers.get("x-signature", "")), text, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return 401, {"responseCode": "4017300", "responseMessage": "Unauthorized. Signature"}
        return 200, {"responseCode": "2007300", "accessToken": "token-uji", "tokenType": "Bearer", "expiresIn": "900"}

    def _holds(self, path: str, headers: dict[str, str], body: bytes) -> bool:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        text = f"POST:{path}:{token}:{hashlib.sha256(body).hexdigest()}:{headers.get('x-timestamp')}".encode()
        wanted = base64.b64encode(hmac.digest(CLIENT_SECRET.encode(), text, hashlib.sha512)).decode()
        return token == "token-uji" and hmac.compare_digest(wanted, headers.get("x-signature", ""))

    def create_va(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The bank's answer on create va."""
        self.know(told["trxId"], int(float(told["totalAmount"]["value"])))
        data = {"virtualAccountNo": told["virtualAccountNo"].strip(), "trxId": told["trxId"]}
        return 200, {"responseCode": "2002700", "virtualAccountData": data}

    def generate_qr(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The bank's answer on generate qr."""
        rupiah = int(float(told["amount"]["value"]))
        self.know(told["partnerReferenceNo"], rupiah, "qris")
        text = STICKER.to_dynamic(rupiah + self.wrong_qr, reference=told["partnerReferenceNo"]).dumps()
        return 200, {"responseCode": "2004700", "qrContent": text, "referenceNo": f"Q{told['partnerReferenceNo']}"}

    def va_status(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The bank's answer on va status."""
        order = self.orders.get(told["customerNo"])
        if order is None:
            return 404, {"responseCode": "4042601", "responseMessage": "Transaction Not Found"}
        if not order.payments:
            return 200, {
                "responseCode": "2002600",
                "virtualAccountData": {"paymentFlagStatus": "01", "paymentRequestId": "-"},
            }
        rupiah, reference, at = order.payments[-1]
        data = {
            "paymentFlagStatus": "00",
            "paidAmount": _money(rupiah),
            "paymentRequestId": reference,
            "trxDateTime": _iso(at),
        }
        return 200, {"responseCode": "2002600", "virtualAccountData": data}

    def qr_status(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The bank's answer on qr status."""
        order = self.orders.get(told["originalPartnerReferenceNo"])
        if order is None:
            return 404, {"responseCode": "4045101", "responseMessage": "Transaction Not Found"}
        if not order.payments:
            return 200, {
                "responseCode": "2005100",
                "latestTransactionStatus": "03",
                "originalReferenceNo": f"Q{order.code}",
            }
        rupiah, reference, at = order.payments[-1]
        return 200, {
            "responseCode": "2005100", "latestTransactionStatus": "04" if order.refunded else "00", "amount": _money(rupiah),
            "originalReferenceNo": reference, "paidTime": _iso(at),
        }  # fmt: skip

    def history(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The bank's answer on history."""
        begin, end = (datetime.fromisoformat(told[k]) for k in ("fromDateTime", "toDateTime"))
        rows = [
            {
                "dateTime": _iso(at), "amount": _money(rupiah), "status": "04" if order.refunded else "00",
                "additionalInfo": {"partnerReferenceNo": order.code, "referenceNo": reference},
            }
            for order in self.orders.values() if order.code not in self.forget
            for rupiah, reference, at in order.payments if begin <= at < end
        ]  # fmt: skip
        size, page = int(told["pageSize"]), int(told["pageNumber"])
        return 200, {"responseCode": "2001200", "detailData": rows[page * size : (page + 1) * size]}

    def __enter__(self) -> Self:
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, told = simulator.answer(self.path, headers, body)
                raw = json.dumps(told).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:
                    return  # the caller had no patience

            def log_message(self, *_args: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def references(self) -> Iterator[str]:
        """The bank's own numbers of everything that was paid."""
        for order in self.orders.values():
            yield from (reference for _rupiah, reference, _at in order.payments)


@functools.lru_cache(maxsize=4)
def _private_key(owner: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(
        key_pair(owner)[0].encode(), None
    )  # checked, which takes a tenth of a second
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _money(rupiah: int) -> dict[str, str]:
    return {"value": f"{rupiah}.00", "currency": "IDR"}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


_HANDLERS: dict[str, Callable[[BankSimulator, dict[str, Any]], tuple[int, dict[str, Any]]]] = {
    "/transfer-va/create-va": BankSimulator.create_va, "/qr/qr-mpm-generate": BankSimulator.generate_qr,
    "/transfer-va/status": BankSimulator.va_status, "/qr/qr-mpm-query": BankSimulator.qr_status,
    "/transaction-history-list": BankSimulator.history,
}  # fmt: skip
