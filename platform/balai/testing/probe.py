"""An application like the real one with three extra pages that say who is asking: for tests of sign-in and tokens.

`/uji/siapa` (page), `/kelola/uji` (behind the console's gate), `/api/v1/uji/siapa` (bearer) answer the principal as JSON.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from flask import Flask, Response, jsonify
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from balai import auth
from balai.app import create_app
from balai.settings import Settings
from balai.tenancy import Tenant


def probe_app(settings: Settings, **changes: Any) -> Flask:
    """The application with changed settings and the extra pages."""
    app = create_app(replace(settings, **changes))

    def who() -> Response:
        person = auth.current()
        if person is None:
            return jsonify(None)
        return jsonify(
            sub=person.sub, name=person.name, email=person.email, tenant=person.tenant_id, roles=sorted(person.roles),
            permissions=sorted(person.permissions), via=person.via, acr=person.acr, staff=person.is_staff,
            member=str(person.member_id) if person.member_id else None, service=person.is_service,
        )  # fmt: skip

    for number, path in enumerate(("/uji/siapa", "/kelola/uji", "/api/v1/uji/siapa")):
        app.add_url_rule(path, f"probe.who{number}", who)
    app.add_url_rule("/kelola/uji", "probe.act", who, methods=["POST"])
    app.add_url_rule("/api/v1/uji/anggota", "probe.need", auth.require("members.manage")(who))
    return app


class HostClient(FlaskClient):
    """A client on one host: werkzeug takes the host from base_url, so it is given with each request."""

    host = "localhost:8000"

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """One request, in an application context of its own."""
        options.setdefault("base_url", f"http://{self.host}")
        with self.application.app_context():
            return super().open(*args, **options)


def client_on(app: Flask, tenant: Tenant | None) -> HostClient:
    """A client of any application on the tenant's host; None = the apex host."""
    client = HostClient(app, app.response_class)
    client.host = f"{tenant.slug}.localhost:8000" if tenant else "localhost:8000"
    client.environ_base["HTTP_HOST"] = client.host
    return client


def sign_out(client: HostClient) -> TestResponse:
    """Press the button on /keluar."""
    page = client.get("/keluar").get_data(as_text=True)
    found = re.search(r'name="_kunci" value="([^"]+)"', page)
    assert found, page
    return client.post("/keluar", data={"_kunci": found[1]}, headers={"Origin": f"http://{client.host}"})


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[int]:
    """Serve `app` on 127.0.0.1 in a thread, for calls that come from outside (Keycloak's back channel); the port."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Line:
    """A line to Keycloak that can be cut: what a process sees when Keycloak goes down and comes back."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()
        self.port = 0

    @property
    def url(self) -> str:
        """Where to reach Keycloak through this line."""
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> "Line":
        """Take calls (again, on the same port)."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def cut(self) -> None:
        """Refuse new calls and drop the present ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            sockets, self._open = [*self._open, *([listener] if listener else [])], set()
        for found in sockets:
            _close(found)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._to)
            except OSError:
                _close(near)
                continue
            with self._lock:
                self._open |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        with self._lock:
            self._open -= {source, target}
        _close(source)
        _close(target)


def _close(found: socket.socket) -> None:
    with suppress(OSError):
        found.shutdown(socket.SHUT_RDWR)
    found.close()
