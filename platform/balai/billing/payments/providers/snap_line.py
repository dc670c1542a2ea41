"""The line to a SNAP provider: token, signed request, and the few values that its answers are made of."""

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, overload
from urllib.parse import urlsplit

import msgspec

from balai.billing.payments.providers import signing
from balai.contracts import PaymentAccount, PaymentFault, PaymentState

_MONEY: Final = re.compile(r"(\d{1,13})(?:\.00?)?")
_TOKEN_LIFE: Final = timedelta(seconds=840)  # SNAP's tokens live for 900 seconds
_MOST_TOKENS: Final = 600
_NOT_FOUND: Final = 404
_UNAUTHORISED: Final = 401
_STATES: Final[dict[str, PaymentState]] = {
    "00": "paid", "01": "pending", "02": "pending", "03": "pending", "04": "refunded", "05": "expired", "06": "failed",
}  # fmt: skip
_tokens: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
_lock = threading.Lock()


@overload
def ask(account: PaymentAccount, path: str, body: Mapping[str, Any]) -> dict[str, Any]: ...
@overload
def ask(
    account: PaymentAccount, path: str, body: Mapping[str, Any], *, missing: Literal[True]
) -> dict[str, Any] | None: ...
def ask(account: PaymentAccount, path: str, body: Mapping[str, Any], *, missing: bool = False) -> dict[str, Any] | None:
    """The answer to one request. missing: None instead of PaymentFault when the provider knows no such thing."""
    raw = msgspec.json.encode(body)
    for attempt in ("kept", "fresh"):
        reply = _send(account, path, raw, _token(account, fresh=attempt == "fresh"))
        if reply.status != _UNAUTHORISED:  # a token may end early: once more with a new one
            break
    if reply.status == _NOT_FOUND and missing:
        return None
    told = _decode(reply.body)
    if reply.status // 100 != 2 or not str(told.get("responseCode", "200")).startswith("200"):  # noqa: PLR2004 - HTTP
        # Its number only, never its words: they may repeat what we sent.
        raise PaymentFault(f"penyedia menjawab {reply.status} ({str(told.get('responseCode', '-'))[:7]})")
    return told


def _send(account: PaymentAccount, path: str, raw: bytes, token: str) -> Any:
    stamp, values = _stamp(account), account.values
    text = f"POST:{_prefix(values)}{path}:{token}:{signing.body_hash(raw)}:{stamp}"
    headers = {
        "Content-Type": "application/json", "Authorization": f"Bearer {token}", "X-TIMESTAMP": stamp,
        "X-SIGNATURE": signing.sign_hmac(values.get("client_secret", ""), text),
        "X-PARTNER-ID": values.get("partner_id", ""), "CHANNEL-ID": values.get("channel_id", ""),
        "X-EXTERNAL-ID": str(secrets.randbelow(10**18)),
    }  # fmt: skip
    return account.call("POST", _base(values) + path, headers, raw)


def _token(account: PaymentAccount, *, fresh: bool) -> str:
    values = account.values
    key = signing.body_hash(f"{_base(values)}|{values.get('client_id')}|{values.get('client_secret')}".encode())
    with _lock:
        found = _tokens.get(key)
    if found is not None and not fresh and timedelta() <= account.now - found[1] < _TOKEN_LIFE:
        return found[0]
    stamp, client = _stamp(account), values.get("client_id", "")
    headers = {
        "Content-Type": "application/json", "X-TIMESTAMP": stamp, "X-CLIENT-KEY": client,
        "X-SIGNATURE": signing.sign_rsa(values.get("private_key", ""), f"{client}|{stamp}"),
    }  # fmt: skip
    reply = account.call(
        "POST", _base(values) + "/v1.0/access-token/b2b", headers, b'{"grantType":"client_credentials"}'
    )
    token = _decode(reply.body).get("accessToken")
    if reply.status // 100 != 2 or not isinstance(token, str) or not token.isprintable():  # noqa: PLR2004 - HTTP
        raise PaymentFault(f"penyedia menolak kunci daerah ini ({reply.status})")
    with _lock:
        _tokens[key] = (token, account.now)
        while len(_tokens) > _MOST_TOKENS:
            _tokens.popitem(last=False)
    return token


def _decode(body: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _stamp(account: PaymentAccount) -> str:
    return account.now.isoformat(timespec="seconds")


def _base(values: Mapping[str, str]) -> str:
    return values.get("url", "").rstrip("/")


def _prefix(values: Mapping[str, str]) -> str:
    return urlsplit(_base(values)).path


def written(rupiah: int) -> dict[str, str]:
    """An amount as SNAP writes it."""
    return {"value": f"{rupiah}.00", "currency": "IDR"}


def whole_rupiah(amount: Any) -> int | None:
    """The amount of `{"value": "12500.00", "currency": "IDR"}`; None when it is anything else, sen included."""
    if not isinstance(amount, dict) or amount.get("currency") != "IDR" or not isinstance(amount.get("value"), str):
        return None
    found = _MONEY.fullmatch(amount["value"])
    return int(found[1]) if found and amount["value"].isascii() else None


def notice_state(word: Any) -> PaymentState:
    """SNAP's latestTransactionStatus in our words; PaymentFault for one that isn't in the standard."""
    state = _STATES.get(str(word))
    if state is None:
        raise PaymentFault("keadaan pembayaran dari penyedia tidak dikenal")
    return state


def moment(text: Any) -> datetime | None:
    """An ISO time with its zone; None for anything else."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) and len(text) < 40 else None  # noqa: PLR2004
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
