"""Which addresses a tenant's setting may make this server talk to."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

IPAddress = IPv4Address | IPv6Address
_NAT64: Final = IPv6Network("64:ff9b::/96")
# The deprecated form ::a.b.c.d, which some systems still route as IPv4.
_COMPATIBLE: Final = IPv6Network("::/96")


class OutboundError(Exception):
    """A call to an address that a tenant set didn't happen or didn't succeed; the message is for the tenant's admin."""


class OutboundRefusedError(OutboundError):
    """The address itself is not allowed; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL: where to connect and what to ask for. trusted = on the operator's allow-list."""

    secure: bool
    host: str
    port: int
    path: str
    trusted: bool

    @property
    def authority(self) -> str:
        """Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse_allow_list(text: str) -> frozenset[tuple[str, int]]:
    """The (host, port) pairs of `host:port, host:port`; ValueError when one can't be read."""
    pairs = set()
    for entry in filter(None, (part.strip() for part in text.split(","))):
        host, colon, port = entry.rpartition(":")
        if not colon or not port.isdigit():
            raise ValueError(f"{entry!r} is not host:port")
        pairs.add((host.strip("[]").lower(), int(port)))
    return frozenset(pairs)


def parse(url: str, allowed: Iterable[tuple[str, int]]) -> Target:
    """A tenant's URL as a target; OutboundRefusedError unless it is https (or on the allow-list) and plain."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OutboundRefusedError("alamat tidak bisa dibaca") from None
    host = _host(parts)
    secure = parts.scheme == "https"
    number = (443 if secure else 80) if port is None else port
    trusted = (host, number) in set(allowed)
    if parts.scheme not in {"https", "http"} or not (secure or trusted):
        raise OutboundRefusedError("alamat harus diawali https://")
    if not number:
        raise OutboundRefusedError("alamat tidak bisa dibaca")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if any(c <= " " or c >= "\x7f" for c in path):
        raise OutboundRefusedError("alamat tidak bisa dibaca")
    return Target(secure, host, number, path, trusted)


def _host(parts: SplitResult) -> str:
    if "@" in parts.netloc:
        raise OutboundRefusedError("alamat tidak boleh memuat nama pengguna atau kata sandi")
    try:
        host = (parts.hostname or "").encode("idna").decode().removesuffix(".").lower()
    except UnicodeError:
        raise OutboundRefusedError("alamat tidak bisa dibaca") from None
    if not host or "%" in host or any(c <= " " for c in host):
        raise OutboundRefusedError("alamat tidak bisa dibaca")
    return host


def resolve(target: Target) -> list[str]:
    """The addresses to connect to; OutboundRefusedError when any of them is inside a private network.

    One private answer among public ones refuses all: whoever controls such a name is playing with the resolver.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutboundError("alamat tidak ditemukan") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not target.trusted and not all(is_public(address) for address in addresses):
        raise OutboundRefusedError("alamat itu berada di jaringan dalam; minta pengelola Balai mengizinkannya")
    return addresses


def is_public(text: str) -> bool:
    """Whether an address lies on the public internet, also when it is wrapped into another form."""
    if "%" in text:
        return False
    return all(_is_plain_public(address) for address in _unwrapped(ip_address(text)))


def _is_plain_public(address: IPAddress) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _unwrapped(address: IPAddress) -> list[IPAddress]:
    """The address, or the IPv4 address that it stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    if address.teredo is not None:
        return [address, *address.teredo]
    if address in _NAT64 or address in _COMPATIBLE:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]
