"""The mail catcher's page: a list, a readable mail, and the same as JSON for tests and scripts.

Mails hold whatever somebody put in: they are shown as text only, and the page runs no script at all.
"""

import json
import re
import threading
from datetime import timedelta, timezone
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from balai.devstack.mail import Mail, Store

_LINK = re.compile(r"(https?://[^\s<>\"')\]]+)")
_WIB = timezone(timedelta(hours=7), "WIB")
_CSS = """
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem;color:#1a1a1a}
h1{font-size:1.3rem}li{margin:0 0 .8rem;list-style:none}ul{padding:0}small,dt{color:#555}dd{margin:0 0 .4rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;background:#f5f5f2;padding:1rem;border-radius:.4rem}
"""


class Server(ThreadingHTTPServer):
    """HTTP on 127.0.0.1; `close` stops its thread too."""

    daemon_threads = True

    def __init__(self, store: Store, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.store = store

    def close(self) -> None:
        self.shutdown()
        self.server_close()


def serve(store: Store, port: int) -> Server:
    """Serve the page in a thread; port 0 takes a free one (`.server_port`)."""
    server = Server(store, port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server


class Handler(BaseHTTPRequestHandler):
    """GET / and /surat/<id> for people; GET /api/surat[?kepada=address] and DELETE /api/surat for machines."""

    server: Server

    def do_GET(self) -> None:
        if not self._from_here():
            return
        address = urlsplit(self.path)
        if address.path == "/":
            self._page("Surat masuk", _list(self.server.store.all()))
        elif address.path == "/gaya.css":
            self._answer(HTTPStatus.OK, "text/css", _CSS)
        elif address.path == "/api/surat":
            to = parse_qs(address.query).get("kepada", [None])[0]
            self._json([mail.as_json() for mail in self.server.store.all(to)])
        else:
            mail = self.server.store.get(address.path.removeprefix("/surat/"))
            if mail is None:
                self._page("Surat tidak ada", "<p>Surat ini tidak ada atau sudah dihapus.</p>", HTTPStatus.NOT_FOUND)
            else:
                self._page(mail.subject, _mail(mail))

    def do_DELETE(self) -> None:
        if not self._from_here():
            return
        if urlsplit(self.path).path != "/api/surat":
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", "tidak ada")
            return
        self.server.store.clear()
        self._json([])

    def _from_here(self) -> bool:
        """Only addresses of this machine: another name that resolves here would let a web page read the mails."""
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0].lower()
        if host in {"localhost", "127.0.0.1"}:
            return True
        self._answer(HTTPStatus.FORBIDDEN, "text/plain", "Buka lewat http://localhost")
        return False

    def _page(self, title: str, body: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        head = (
            f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        )
        style = '<link rel="stylesheet" href="/gaya.css">'
        self._answer(
            status, "text/html", f'<!doctype html><html lang="id">{head}{style}<h1>{escape(title)}</h1>{body}</html>'
        )

    def _json(self, value: object) -> None:
        self._answer(HTTPStatus.OK, "application/json", json.dumps(value, ensure_ascii=False))

    def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keep the terminal quiet."""


def _list(mails: list[Mail]) -> str:
    if not mails:
        return (
            "<p>Belum ada surat. Surat yang dikirim Balai percobaan tertahan di sini dan tidak pergi ke mana pun.</p>"
        )
    items = (
        f'<li><a href="/surat/{mail.id}">{escape(mail.subject)}</a><br>'
        f"<small>kepada {escape(', '.join(mail.to))} &middot; {_when(mail)}</small></li>"
        for mail in mails
    )
    return f"<ul>{''.join(items)}</ul>"


def _mail(mail: Mail) -> str:
    text = "".join(
        f'<a href="{escape(piece)}" rel="noreferrer">{escape(piece)}</a>' if at % 2 else escape(piece)
        for at, piece in enumerate(_LINK.split(mail.text))
    )
    facts = {"Dari": mail.sender, "Kepada": ", ".join(mail.to), "Waktu": _when(mail)}
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f'<p><a href="/">Semua surat</a></p><dl>{rows}</dl><pre>{text}</pre>'


def _when(mail: Mail) -> str:
    return f"{mail.received.astimezone(_WIB):%d-%m-%Y %H.%M} WIB"
