"""SMS and WhatsApp through whatever HTTP gateway a region has a contract with: address, secret, and how its fields are called.

One line per field of the request, such as `messages.0.to = {nomor}`; dots make objects, numbers make lists. Values are put in
after the shape is made, so that nobody's text can change it.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec
from sqlalchemy import select

from balai import keys
from balai.contracts import Channel
from balai.db import TenantSession
from balai.keys.normalise import normalise_phone
from balai.notify.models import Gateway
from balai.outbound import OutboundClient, OutboundError, OutboundRefusedError, Reply
from balai.settings import current_settings

SMS: Final = "sms"
WHATSAPP: Final = "whatsapp"
TIMEOUT: Final = 8.0  # seconds for one call: a slow gateway holds one worker thread no longer
PAUSE: Final = timedelta(minutes=2)
PLACES: Final = ("nomor", "nomor62", "nomor0", "pesan", "judul", "id", "rahasia")
_MOST_BYTES: Final = 64 * 1024
_PLACE: Final = re.compile(r"\{([a-z0-9]+)\}")
_OVERLOADED: Final = 429
# Answers about the key or the account, not about this message: the region has something to put right, nothing is lost.
_NOT_THE_MESSAGE: Final = {401, 402, 403, 404, 405, 407, 408}


class NotSetUpError(RuntimeError):
    """The channel can't send here yet: the message is kept."""


class RefusedError(RuntimeError):
    """The other side will never take this message: trying again is of no use."""


class PausedError(RuntimeError):
    """The other side wants a rest: nobody's fault, no attempt counted."""

    def __init__(self, delay: timedelta, reason: str) -> None:
        super().__init__(reason)
        self.delay = delay


@dataclass(frozen=True, slots=True)
class Config:
    """How to speak to a gateway. No secrets in here.

    auth: where the secret goes: bearer, header (auth_name), basic or body ({rahasia} in a field); format: json or form; fields:
    lines `name = value`; reference: path of the gateway's own number in its answer; receipts: none, hmac or secret; *_path and
    words: how to read a receipt, see receipts.py.
    """

    url: str = ""
    auth: str = "bearer"
    auth_name: str = ""
    format: str = "json"
    fields: str = "to = {nomor}\nmessage = {pesan}\nid = {id}"
    reference: str = "id"
    receipts: str = "none"
    receipt_header: str = "X-Balai-Tanda"
    receipt_time: str = "X-Balai-Waktu"
    receipt_id: str = "id"
    receipt_status: str = "status"
    delivered: str = "delivered, read"
    failed: str = "failed, undelivered, rejected, expired"

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Config":
        """From what a row holds; keys of an older or newer release are passed over."""
        known = {f.name for f in fields(cls)}
        return cls(**{key: str(value) for key, value in values.items() if key in known})

    def as_dict(self) -> dict[str, Any]:
        """For the row."""
        return asdict(self)


def of_region(session: TenantSession, channel: str) -> Gateway | None:
    """The region's gateway for that channel, None when it never set one."""
    return session.scalars(select(Gateway).where(Gateway.channel == channel)).first()


def settings_of(session: TenantSession, channel: str, *, trial: bool = False) -> dict[str, Any]:
    """What `_deliver` needs; NotSetUpError when the gateway is missing or (but for a trial) off."""
    row = of_region(session, channel)
    if row is None or not row.config.get("url"):
        raise NotSetUpError("jalur ini belum dipasang di Kelola > Pesan > Jalur")
    if not row.switched_on and not trial:
        raise NotSetUpError("jalur ini sedang dimatikan di Kelola > Pesan > Jalur")
    return {"config": Config.of(row.config), "secret": keys.reveal(session, row, "secret") or ""}


def _deliver(settings: Mapping[str, Any], to: str, subject: str, text: str) -> str:
    config: Config = settings["config"]
    values = _values(settings, to, subject, text)
    try:
        body, kind = body_of(config, values)
        reply = OutboundClient.of(current_settings()).request(
            "POST",
            config.url,
            headers={"Content-Type": kind, "Idempotency-Key": values["id"], **_auth(config, values["rahasia"])},
            body=body,
            timeout=TIMEOUT,
            max_bytes=_MOST_BYTES,
        )
    except OutboundRefusedError as refused:
        raise NotSetUpError(str(refused)) from None
    except OutboundError as fault:
        raise ConnectionError(str(fault)) from None
    return _read(config, reply)


def _values(settings: Mapping[str, Any], to: str, subject: str, text: str) -> dict[str, str]:
    try:
        number = normalise_phone(to)
    except ValueError:
        raise RefusedError("nomor ini tidak bisa dihubungi") from None
    return {
        "nomor": number,
        "nomor62": number.removeprefix("+"),
        "nomor0": "0" + number.removeprefix("+62") if number.startswith("+62") else number,
        "pesan": text.strip(),
        "judul": subject,
        "id": str(settings["message_id"]),
        "rahasia": str(settings["secret"]),
    }


def _auth(config: Config, secret: str) -> dict[str, str]:
    if not secret:
        return {}
    if config.auth == "bearer":
        return {"Authorization": f"Bearer {secret}"}
    if config.auth == "header":
        return {config.auth_name: secret}
    if config.auth == "basic":
        import base64

        return {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    return {}


def _read(config: Config, reply: Reply) -> str:
    if reply.ok:
        return str(dig(decode(reply.body, reply.headers.get("content-type", "")), config.reference) or "")[:120]
    if reply.status == _OVERLOADED:
        asked = reply.headers.get("retry-after", "")
        delay = timedelta(seconds=min(int(asked), 3600)) if asked.isascii() and asked.isdigit() else PAUSE
        raise PausedError(max(delay, timedelta(seconds=1)), "gerbang meminta menunggu (429)")
    if reply.status in _NOT_THE_MESSAGE or reply.status >= 500:  # noqa: PLR2004 - HTTP
        raise ConnectionError(f"gerbang menjawab {reply.status}")
    # Never its words: they may repeat the number or the text.
    raise RefusedError(f"gerbang menolak pesan ini ({reply.status})")


# --- the shape of a request ---


def parse_fields(text: str) -> list[tuple[list[str], str]]:
    """[(path, value with places)] of the lines `a.b.0 = value`; ValueError says which line can't be read."""
    found: list[tuple[list[str], str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, sign, value = line.partition("=")
        path = name.strip().split(".")
        if not sign or not all(re.fullmatch(r"[A-Za-z0-9_\-\[\]]{1,60}", part) for part in path):
            raise ValueError(str(number))
        found.append((path, value.strip()))
    return found


def unknown_places(text: str) -> list[str]:
    """Places that nothing fills."""
    return sorted({name for name in _PLACE.findall(text) if name not in PLACES})


def body_of(config: Config, values: Mapping[str, str]) -> tuple[bytes, str]:
    """(body, content type) of the request; ValueError when two lines can't stand together."""
    lines = [(path, _PLACE.sub(lambda m: values.get(m[1], m[0]), text)) for path, text in parse_fields(config.fields)]
    if config.format == "form":
        return urlencode(
            [(".".join(path), value) for path, value in lines]
        ).encode(), "application/x-www-form-urlencoded"
    root: dict[str, Any] = {}
    for path, value in lines:
        _put(root, path, value)
    return msgspec.json.encode(_lists(root)), "application/json"


def _put(root: dict[str, Any], path: list[str], value: str) -> None:
    here = root
    for part in path[:-1]:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise ValueError(".".join(path))  # noqa: TRY004 - what was typed is wrong, not our types
    if path[-1] in here:
        raise ValueError(".".join(path))
    here[path[-1]] = value


def _lists(node: Any) -> Any:
    """Objects whose names are 0, 1, 2, ... become lists."""
    if not isinstance(node, dict):
        return node
    inner = {key: _lists(value) for key, value in node.items()}
    if inner and set(inner) == {str(n) for n in range(len(inner))}:
        return [inner[str(n)] for n in range(len(inner))]
    return inner


def decode(body: bytes, kind: str) -> Any:
    """JSON or a form as a tree; {} when it can't be read."""
    from urllib.parse import parse_qsl

    if "form" in kind:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100))
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}


def dig(tree: Any, path: str) -> str | int | None:
    """The value at `a.0.b`; None when it isn't there or is no plain value."""
    for part in filter(None, path.split(".")):
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and part.isascii() and part.isdigit() and int(part) < len(tree):
            tree = tree[int(part)]
        else:
            return None
    return tree if isinstance(tree, str | int) and not isinstance(tree, bool) else None


def is_address(url: str) -> bool:
    """Whether it reads like a web address (whether it may be called is for `outbound` to say)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.hostname)


CHANNELS: Final = (
    Channel(SMS, "SMS", "phone", _deliver),
    Channel(WHATSAPP, "WhatsApp", "phone", _deliver),
)
