"""Typed settings, read once from BALAI_* variables.

Every setting has a name, a type, a default and one sentence of help; `balai doctor` and docs/operate.md print this very
list (tests/docs keeps them together).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from flask import current_app

from balai.errors import ConfigurationError

Environment = Literal["development", "test", "production"]


def _setting(help_: str, default: Any = "", *, secret: bool = False) -> Any:
    return field(default=default, metadata={"help": help_, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of one process. Field `x_y` is read from `BALAI_X_Y`."""

    env: Environment = _setting(  # noqa: RUF009 - a field, built by dataclasses.field
        "development, test or production; production refuses demo mode and weak secrets", "development"
    )
    domain: str = _setting("apex domain; regions are <slug>.<domain>", "localhost")
    scheme: str = _setting("http or https, as the citizen's browser sees it", "http")
    port: int = _setting("port of the web server; stands in addresses unless it is the scheme's own", 8000)
    public_port: int = _setting("port as the browser sees it, 0 = same as `port`", 0)
    bind: str = _setting("address to listen on", "127.0.0.1")
    database_url: str = _setting("PostgreSQL, role balai_app (web and tasks)", secret=True)
    owner_database_url: str = _setting(
        "PostgreSQL, role balai_owner (migrations, backup; never in a serving process)", secret=True
    )
    queue_database_url: str = _setting("PostgreSQL, role balai_queue (the worker's job fetching)", secret=True)
    database_pool: int = _setting("connections a process keeps open", 5)
    keycloak_url: str = _setting("Keycloak as browsers reach it, without /realms", "http://localhost:8080")
    keycloak_internal_url: str = _setting("Keycloak as this server reaches it; empty = keycloak_url")
    realm: str = _setting("Keycloak realm", "balai")
    portal_client_secret: str = _setting("secret of the Keycloak client `portal`", secret=True)
    console_client_secret: str = _setting(
        "secret of the service account `balai-console` (users, organizations)", secret=True
    )
    worker_client_secret: str = _setting(
        "secret of the service account `balai-worker` (clients); worker and CLI only", secret=True
    )
    step_up: bool = _setting("staff need a second factor on /kelola", default=True)
    secret_key: str = _setting("random text that signs pre-login cookies and form tokens", secret=True)
    kek_file: str = _setting("file with the key-encryption key (32 bytes, base64; see `balai keys new-kek`)")
    files_dir: str = _setting("folder of uploaded files")
    smtp_url: str = _setting("smtp://user:password@host:port or smtps://...; empty = no mail", secret=True)
    mail_from: str = _setting("sender of mails", "Balai <balai@localhost>")
    proxy_hops: int = _setting("reverse proxies in front whose X-Forwarded-* is believed", 0)
    demo: bool = _setting("demo data and accounts; bound to 127.0.0.1 only", default=False)
    demo_accounts: str = _setting("file with the demo's accounts, shown on the sign-in page of the demo")
    outbound_allow: str = _setting("comma-separated host:port that tenants' gateways may reach although private")
    tiles_url: str = _setting(
        "map tiles of the forms' map, such as https://tile.example.id/{z}/{x}/{y}.png; empty = outlines on a blank map"
    )
    tiles_credit: str = _setting("who made the tiles, shown on the map as their licence asks")
    phone_app: bool = _setting(
        "pages may be kept on phones and drafts sent when the line is back; off removes the worker from phones",
        default=True,
    )
    max_request_bytes: int = _setting("largest request body in bytes", 16 * 1024 * 1024)
    workers: int = _setting("web worker processes", 2)
    threads: int = _setting("threads per web worker", 4)
    worker_nice: int = _setting("how far the background worker steps back for web requests, 0 to 19", 10)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read BALAI_* from `environ`; raises ConfigurationError naming the variable that can't be read."""
        values: dict[str, Any] = {}
        for f in fields(cls):
            raw = environ.get(variable(f.name))
            if raw is not None and raw != "":
                values[f.name] = _parse(f.name, str(f.type), raw)
        settings = cls(**values)
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse combinations that would be unsafe; raises ConfigurationError."""
        if self.demo and self.env == "production":
            raise ConfigurationError("BALAI_DEMO can't be on with BALAI_ENV=production: demo passwords stand in a file")
        if self.demo and self.bind not in {"127.0.0.1", "::1", "localhost"}:
            raise ConfigurationError(
                f"BALAI_DEMO serves only on 127.0.0.1, not on {self.bind}: unset BALAI_BIND or BALAI_DEMO"
            )
        if self.env == "production" and len(self.secret_key) < 32:  # noqa: PLR2004 - 32 characters, see help
            raise ConfigurationError("BALAI_SECRET_KEY needs at least 32 random characters in production")
        if self.scheme not in {"http", "https"}:
            raise ConfigurationError(f"BALAI_SCHEME is http or https, not {self.scheme!r}")

    @property
    def keycloak_server_url(self) -> str:
        """Keycloak's address for this server's own calls."""
        return (self.keycloak_internal_url or self.keycloak_url).rstrip("/")

    @property
    def issuer(self) -> str:
        """The only `iss` that tokens may carry."""
        return f"{self.keycloak_url.rstrip('/')}/realms/{self.realm}"

    @property
    def port_suffix(self) -> str:
        """`:8000`, or nothing when the port is the scheme's own."""
        port = self.public_port or self.port
        return "" if port == {"http": 80, "https": 443}[self.scheme] else f":{port}"

    def public_url(self, host: str, path: str = "") -> str:
        """Absolute address of `path` on `host` (a host name without port)."""
        return f"{self.scheme}://{host}{self.port_suffix}{path}"

    def tenant_host(self, slug: str) -> str:
        """Host name of the region with this slug."""
        return f"{slug}.{self.domain}"

    @property
    def files_path(self) -> Path:
        """Folder of uploads; raises ConfigurationError when not set."""
        if not self.files_dir:
            raise ConfigurationError("BALAI_FILES_DIR is not set: name a folder for uploaded files")
        return Path(self.files_dir)


def current_settings() -> Settings:
    """The settings of the current application."""
    found: Settings = current_app.extensions["balai.settings"]
    return found


def variable(name: str) -> str:
    """Environment variable of a setting."""
    return f"BALAI_{name.upper()}"


def _parse(name: str, type_: str, raw: str) -> Any:
    if "bool" in type_:
        lowered = raw.strip().lower()
        if lowered in {"1", "true", "on", "yes"}:
            return True
        if lowered in {"0", "false", "off", "no"}:
            return False
        raise ConfigurationError(f"{variable(name)} is on or off, not {raw!r}")
    if "int" in type_:
        try:
            return int(raw)
        except ValueError:
            raise ConfigurationError(f"{variable(name)} is a whole number, not {raw!r}") from None
    if name == "env" and raw not in {"development", "test", "production"}:
        raise ConfigurationError(f"BALAI_ENV is development, test or production, not {raw!r}")
    return raw
