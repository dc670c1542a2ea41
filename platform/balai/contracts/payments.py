"""Ways to pay an invoice, as values: what `billing` asks of a provider and what a provider answers.

A provider keeps nothing and decides nothing. It shapes requests, proves callbacks and reads answers; what money becomes of it is
for `billing` alone. All amounts are whole rupiah.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

PaymentMethod = Literal["va", "qris", "link"]
PaymentState = Literal["pending", "paid", "expired", "failed", "refunded"]


class PaymentFault(Exception):  # noqa: N818 - an answer that can't be used, in words for the treasurer
    """The provider can't be used as it is set up, or answered something that isn't one of its answers. No secrets in its text."""


@dataclass(frozen=True, slots=True)
class PaymentSetting:
    """One thing that a region enters for a provider. kind: text, url, number, long (several lines), secret, pem (several lines);
    the last two are write-only.
    """

    key: str
    label: str
    kind: Literal["text", "url", "number", "long", "secret", "pem"] = "text"
    help: str = ""
    required: bool = True
    default: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether it goes in and never comes out."""
        return self.kind in {"secret", "pem"}


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """A region's account with a provider. values: its settings, secrets included; now: aware; call(method, url, headers, body)
    reaches the provider and answers something with `.status`, `.headers` (small letters) and `.body`; ConnectionError when not.
    """

    values: Mapping[str, str]
    now: datetime
    call: Callable[[str, str, Mapping[str, str], bytes], Any]

    def __repr__(self) -> str:
        return "PaymentAccount(...)"  # its values are secrets


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One attempt to pay. code: twelve digits, ours, never used twice in a region; label: what payers read; until: aware."""

    code: str
    rupiah: int
    method: PaymentMethod
    label: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PaymentOffer:
    """What the payer needs: a number to pay to, the text of a QR, or a page of the provider's. reference: the provider's own."""

    number: str = ""
    qr: str = ""
    url: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PaymentCall:
    """A callback as it came in. path: with everything behind the host, without a query; headers: small letters, each once."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """What a provider says about an order, by callback, on being asked, or in its report.

    rupiah: what the payer paid, None when it isn't a whole number of rupiah; reference: the provider's own number of that
    payment, so that two payments of one order have two; at: when it was paid, by the provider's clock.
    """

    order: str
    state: PaymentState
    rupiah: int | None
    reference: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentProvider:
    """A way to pay, for `billing`.

    create(account, order) asks for a number or a QR; PaymentFault or ConnectionError when there is none.
    verify(account, call) says whether a callback is the provider's own: over the raw body, in constant time, no older than five
    minutes by `account.now`; nothing of the body may be believed before. None: there are no callbacks.
    read(account, call) reads a proven callback; None when it is about no payment; PaymentFault when it can't be read.
    ask(account, order, reference, method) is the provider's answer about one order, None when it knows no such order.
    report(account, day) is every payment of that day (the region's calendar). answer: body of the reply to a callback, by
    whether it was taken.
    """

    key: str
    label: str
    methods: tuple[PaymentMethod, ...]
    create: Callable[[PaymentAccount, PaymentOrder], PaymentOffer]
    settings: tuple[PaymentSetting, ...] = ()
    verify: Callable[[PaymentAccount, PaymentCall], bool] | None = None
    read: Callable[[PaymentAccount, PaymentCall], PaymentNotice | None] | None = None
    ask: Callable[[PaymentAccount, str, str, PaymentMethod], PaymentNotice | None] | None = None
    report: Callable[[PaymentAccount, date], Iterable[PaymentNotice]] | None = None
    answer: Callable[[PaymentCall, bool], Mapping[str, Any]] = field(default=lambda _call, _taken: {})
    help: str = ""
