"""The OpenAPI document of one host: only what is switched on there (decision 29).

flask-smorest collects everything once. What a reader gets holds the paths of the core and of enabled plugins, the components
that these reach, their tags; of a plugin that is off there is not a word. The result depends on nothing but the set of open
plugins and on whether the host is the apex, so it is built once per such set.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import flask_smorest
import msgspec
from flask import Flask, current_app
from flask_smorest import Api

from balai import plugins, tenancy
from balai.rest.blueprint import Blueprint

API_PREFIX = "/api/v1"
OPENAPI_VERSION = "3.1.0"
_EXTENSION = "balai.rest"
# Sets of open plugins that are kept rendered; regions share few different ones.
_CACHE = 64

TITLE = "API Balai"
DESCRIPTION = (
    "Layanan pemerintah daerah untuk aplikasi lain. Kesalahan dijawab sebagai dokumen masalah (RFC 9457). Daftar dibagi per"
    " halaman: ambil next, kirim kembali sebagai cursor. Setiap POST menerima Idempotency-Key."
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as sent: the dict, its bytes and their ETag."""

    document: dict[str, Any]
    raw: bytes
    etag: str


@dataclass
class ApiDocument:
    """All that the API offers, and the views of it. Lives on `app.extensions["balai.rest"]`."""

    app: Flask
    api: Api
    where: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    _rendered: dict[tuple[frozenset[str], bool], Rendered] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _full: dict[str, Any] | None = None

    @property
    def full(self) -> dict[str, Any]:
        """The document with everything, made at the first call: by then every room and plugin has mounted its blueprints."""
        with self._lock:
            if self._full is None:
                for blueprint in self.app.blueprints.values():
                    if isinstance(blueprint, flask_smorest.Blueprint):
                        self._collect(blueprint)
                self._full = self.api.spec.to_dict()
            return self._full

    def adopt(self) -> None:
        """Tell flask-smorest's own decorators which Api the blueprints mounted so far belong to."""
        known = self.app.extensions["flask-smorest"]["blp_name_to_api"]
        for name, blueprint in self.app.blueprints.items():
            if isinstance(blueprint, flask_smorest.Blueprint):
                known[name] = self.api

    def _collect(self, blueprint: Any) -> None:
        spec = self.api.spec
        before = set(spec._paths)  # noqa: SLF001 - apispec has no public list of paths
        blueprint.register_views_in_doc(self.api, self.app, spec, name=blueprint.name, parameters=None)
        spec.tag({"name": getattr(blueprint, "tag", blueprint.name), "description": blueprint.description})
        owner = plugins.manager(self.app).owner_of_endpoint(f"{blueprint.name}.") or ""
        for path in set(spec._paths) - before:  # noqa: SLF001 - as above
            self.owners[path] = owner
            self.where[path] = blueprint.where if isinstance(blueprint, Blueprint) else "tenant"

    def view(self, open_plugins: Iterable[str], *, apex: bool) -> Rendered:
        """The document for a host with these plugins open."""
        full = self.full
        key = (frozenset(open_plugins) & set(self.owners.values()), apex)
        found = self._rendered.get(key)
        if found is None:
            document = self._filtered(full, *key)
            raw = msgspec.json.encode(document)
            found = Rendered(document, raw, hashlib.sha256(raw).hexdigest()[:32])
            if len(self._rendered) >= _CACHE:
                self._rendered.clear()
            self._rendered[key] = found
        return found

    def _filtered(self, full: dict[str, Any], open_plugins: frozenset[str], apex: bool) -> dict[str, Any]:
        hosts = {"both", "apex" if apex else "tenant"}
        paths = {
            path: item
            for path, item in full["paths"].items()
            if self.where[path] in hosts and self.owners[path] in {"", *open_plugins}
        }
        tags = {tag for item in paths.values() for operation in _operations(item) for tag in operation.get("tags", ())}
        components = reachable(paths, full.get("components", {}))
        components["securitySchemes"] = full["components"]["securitySchemes"]
        document = {key: value for key, value in full.items() if key not in {"paths", "tags", "components"}}
        return document | {
            "paths": paths,
            "tags": [tag for tag in full.get("tags", ()) if tag["name"] in tags],
            "components": components,
        }


def _operations(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [value for value in item.values() if isinstance(value, dict) and "responses" in value]


def reachable(root: Any, components: Mapping[str, Any]) -> dict[str, Any]:
    """Those components (by section and name) that `root` refers to, directly or through others."""
    wanted: dict[str, dict[str, Any]] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            waiting.extend(node.values())
            target = node.get("$ref")
            if isinstance(target, str) and target.startswith("#/components/"):
                _, _, section, name = target.split("/", 3)
                if name not in wanted.setdefault(section, {}):
                    wanted[section][name] = components[section][name]
                    waiting.append(components[section][name])
    return {section: dict(sorted(found.items())) for section, found in sorted(wanted.items())}


class _SilentApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's collector without its error handler: problems are `rest.problems`' work."""

    def _register_error_handlers(self) -> None:
        pass


def init_app(app: Flask) -> ApiDocument:
    """Make the collector. OPENAPI_URL_PREFIX stays unset: flask-smorest's own view would show everything."""
    options = {"info": {"description": DESCRIPTION}, "servers": [{"url": "/"}]}
    app.config.update(API_TITLE=TITLE, API_VERSION="v1", OPENAPI_VERSION=OPENAPI_VERSION, API_SPEC_OPTIONS=options)
    api = _SilentApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    document = ApiDocument(app, api)
    app.extensions[_EXTENSION] = document
    return document


def document_of(app: Flask) -> ApiDocument:
    """The application's collector."""
    found: ApiDocument = app.extensions[_EXTENSION]
    return found


def current_document() -> Rendered:
    """The document of this request's host."""
    tenant = tenancy.current()
    return document_of(current_app).view(plugins.open_plugins(tenant), apex=tenant is None)
