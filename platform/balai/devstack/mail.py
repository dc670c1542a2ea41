"""A local mail catcher: takes every mail over SMTP, keeps it in a folder, never sends one on.

`Catcher` runs inside a test as well (`with Catcher(folder) as catcher: ... catcher.messages()`); `make run` runs
`python -m balai.devstack.mail`, which adds the page of mailpage.py.
"""

import argparse
import contextlib
import email
import email.policy
import html.parser
import re
import secrets
import signal
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller

from balai import clock
from balai.devstack.instance import write_private

KEEP = 500
"""Mails kept; older ones are deleted."""

_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{6}")
_LINK = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True)
class Mail:
    """One caught mail. received is aware UTC; to holds the envelope's addresses; text is plain whatever the mail was."""

    id: str
    received: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str

    @property
    def links(self) -> list[str]:
        """The web addresses in the text, in order."""
        return _LINK.findall(self.text)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "received": self.received.isoformat(),
            "from": self.sender,
            "to": list(self.to),
            "subject": self.subject,
            "text": self.text,
            "links": self.links,
        }


class Store:
    """Mails as .eml files in a folder, newest first; the envelope's recipients stand in a header of ours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)

    def add(self, content: bytes, recipients: list[str]) -> None:
        name = f"{clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        envelope = ", ".join(recipients).replace("\r", "").replace("\n", "")
        text = f"X-Balai-Kepada: {envelope}\r\n".encode() + content
        # latin-1 keeps every byte as it came
        write_private(self.folder / f"{name}.eml", text.decode("latin-1"), encoding="latin-1")
        for old in self._paths()[KEEP:]:
            old.unlink(missing_ok=True)

    def all(self, to: str | None = None) -> list[Mail]:
        """Newest first; only those to the address `to` when given."""
        mails = [_read(path) for path in self._paths()]
        return [mail for mail in mails if to is None or to.lower() in (a.lower() for a in mail.to)]

    def get(self, mail_id: str) -> Mail | None:
        path = self.folder / f"{mail_id}.eml"
        return _read(path) if _ID.fullmatch(mail_id) and path.exists() else None

    def clear(self) -> None:
        for path in self._paths():
            path.unlink(missing_ok=True)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"), reverse=True)


class Catcher:
    """The SMTP side: listens on 127.0.0.1 while entered. port 0 takes a free one; see `.port` and `.url`."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.store = Store(folder)
        self.port = port or _any_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, data_size_limit=32 * 1024 * 1024)

    @property
    def url(self) -> str:
        """For BALAI_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def messages(self, to: str | None = None) -> list[Mail]:
        """What arrived, newest first; only to the address `to` when given."""
        return self.store.all(to)

    def clear(self) -> None:
        self.store.clear()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002 - aiosmtpd's names
        self.store.add(envelope.content, list(envelope.rcpt_tos))
        return "250 Diterima"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read(path: Path) -> Mail:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    stamp = path.stem.split("-")[0]
    return Mail(
        id=path.stem,
        received=datetime.strptime(stamp, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
        sender=str(message.get("From", "")),
        to=tuple(a.strip() for a in str(message.get("X-Balai-Kepada", "")).split(",") if a.strip()),
        subject=str(message.get("Subject", "(tanpa judul)")),
        text=_text(message),
    )


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        content = str(part.get_content())
    except (LookupError, UnicodeError, KeyError):
        content = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")  # type: ignore[union-attr]
    return _plain(content) if part.get_content_type() == "text/html" else content.strip()


def _plain(markup: str) -> str:
    """HTML as text: what a reader sees, each link's address behind its words."""
    reader = _Plain()
    reader.feed(markup)
    reader.close()
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in "".join(reader.pieces).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Plain(html.parser.HTMLParser):
    _BREAKS = frozenset({"p", "br", "div", "tr", "li", "h1", "h2", "h3", "table", "ul", "ol"})
    _HIDDEN = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self._HIDDEN
        if tag in self._BREAKS:
            self.pieces.append("\n")
        if tag == "a":
            self._href = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._HIDDEN and self._hidden > 0
        if tag == "a" and self._href and not "".join(self.pieces[-1:]).strip().endswith(self._href):
            self.pieces.append(f" <{self._href}>")
        if tag in self._BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data.replace("\n", " "))


def main(arguments: list[str] | None = None) -> None:
    """Run catcher and page until SIGTERM or SIGINT."""
    from balai.devstack.mailpage import serve

    parser = argparse.ArgumentParser(prog="python -m balai.devstack.mail", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    options = parser.parse_args(arguments)
    finished = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: finished.set())
    with (
        Catcher(options.folder, options.smtp_port) as catcher,
        contextlib.closing(serve(catcher.store, options.web_port)),
    ):
        finished.wait()


if __name__ == "__main__":
    main()
