"""Looks for traces of a plugin that is off: every rule, every method, with and without slash, against an unknown page.

Used by the contract suite; a test takes the gate away and checks that these probes then find something.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask.testing import FlaskClient

from balai import plugins
from balai.plugins.names import prefixes

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule
    from werkzeug.test import TestResponse

    from balai.tenancy import Tenant

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
# Where another test goes through all methods: one that is safe, one that isn't, and the router's own.
FEW = ("GET", "POST", "OPTIONS")
# A word that nobody registers, as long as a real one.
UNKNOWN = "zzunknown"
_CORE = ("/api/v1/plugins/", "/api/v1/services/")
_VALUES = {"int": "1", "float": "1.5", "uuid": str(UUID(int=7)), "path": "a/b", "any": "a"}
# Differ between any two answers of the same page.
_VOLATILE = frozenset({"Date", "Set-Cookie", "X-Request-Id", "Server-Timing"})


class OnHost(FlaskClient):
    """A test client of one host; werkzeug takes the host from base_url, whatever environ_base says."""

    def open(self, *args: Any, **options: Any) -> "TestResponse":
        """Send a request to the host of HTTP_HOST."""
        options.setdefault("base_url", f"http://{self.environ_base['HTTP_HOST']}")
        return super().open(*args, **options)


def client_on(app: "Flask", tenant: "Tenant | None") -> FlaskClient:
    """A client on the host of `tenant`, or on the apex host."""
    settings = app.extensions["balai.settings"]
    client = OnHost(app, app.response_class)
    host = settings.tenant_host(tenant.slug) if tenant else settings.domain
    client.environ_base["HTTP_HOST"] = f"{host}{settings.port_suffix}"
    return client


def rules_of(app: "Flask", plugin: str) -> "list[Rule]":
    """Rules that `plugin` brought."""
    found = plugins.manager(app)
    return [rule for rule in app.url_map.iter_rules() if found.owner_of_endpoint(rule.endpoint) == plugin]


def paths_of(app: "Flask", plugin: str) -> list[str]:
    """Addresses to try: one per rule, with and without slash and with a doubled one, the bare prefixes, and the core's own
    addresses of the plugin's services.
    """
    paths = dict.fromkeys((*prefixes(plugin), f"/layanan/{plugin}", f"/layanan/{plugin}/", f"/api/v1/plugins/{plugin}"))
    found = plugins.manager(app).get(plugin)
    for service in found.brought.services if found else ():
        paths |= dict.fromkeys((f"/layanan/{plugin}/{service.key}", f"/layanan/{plugin}/{service.key}/"))
        paths |= dict.fromkeys((f"/kelola/layanan/{plugin}/{service.key}", f"/api/v1/services/{service.id}"))
    for rule in rules_of(app, plugin):
        path = re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda m: _VALUES.get(m.group(1) or "", "satu"), rule.rule)
        bare = path.rstrip("/")
        paths |= dict.fromkeys((path, bare, f"{bare}/", f"/{path}", bare.replace("/", "//", 2)))
    return list(paths)


def unknown_path(path: str, plugin: str) -> str:
    """The same address with a word in the plugin's place that nobody has."""
    return re.sub(rf"(?<=/){re.escape(plugin)}(?=[/.]|$)", UNKNOWN, path, count=1)


def leaks(app: "Flask", client: FlaskClient, plugin: str, *, methods: Sequence[str] = METHODS) -> list[str]:
    """Every address and method at which the plugin's absence differs from an unknown page; empty when nothing leaks."""
    return list(_differences(app, client, plugin, methods))


def _differences(app: "Flask", client: FlaskClient, plugin: str, methods: Sequence[str]) -> Iterator[str]:
    host = client.environ_base["HTTP_HOST"]
    # Answers of unknown pages by method and form of address: what is equal to one of them needn't be asked again.
    known: dict[tuple[str, str], TestResponse] = {}
    for path in paths_of(app, plugin):
        for method in methods:
            # Unsafe methods come from this very host, as a browser would send them; else they are refused before the gate.
            as_sent: dict[str, Any] = {
                "method": method,
                "headers": {"Origin": f"http://{host}"},
                "base_url": f"http://{host}",
            }
            seen = client.open(path, **as_sent)
            form = (method, _form(unknown_path(path, plugin)))
            if form in known and _same(seen, known[form]):
                continue
            unknown = known[form] = client.open(unknown_path(path, plugin), **as_sent)
            # A resource of the core answers an unknown name in its own way (401, 405); only the difference counts there.
            if unknown.status_code != 404 and not path.startswith(_CORE):  # noqa: PLR2004 - HTTP
                yield f"{method} {unknown_path(path, plugin)}: an unknown page answers {unknown.status}"
            if seen.status_code != unknown.status_code or seen.data != unknown.data:
                yield f"{method} {path}: {seen.status}, an unknown page answers {unknown.status}"
            elif _headers(seen) != _headers(unknown):
                yield f"{method} {path}: headers {_headers(seen) ^ _headers(unknown)}"


def _form(path: str) -> str:
    """An unknown address without the words behind the plugin's: `/kelola/zzunknown/x/x`."""
    head, word, rest = path.partition(UNKNOWN)
    return head + word + re.sub(r"[^/]+", "x", rest)


def _same(one: "TestResponse", other: "TestResponse") -> bool:
    return one.status_code == other.status_code and one.data == other.data and _headers(one) == _headers(other)


def _headers(response: "TestResponse") -> set[tuple[str, str]]:
    return {(key, value) for key, value in response.headers if key not in _VOLATILE}
