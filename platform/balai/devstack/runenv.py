"""The environment of each process of `make run`: generated values, overridden by what the person has set.

Every process gets only the secrets it needs: the web server neither the owner's database nor the worker's and the
administrator's Keycloak accounts (decisions.md 2 and 19).
"""

import os
from dataclasses import dataclass, field

from balai.devstack import keycloak, ports
from balai.devstack.errors import StackError
from balai.devstack.instance import Instance
from balai.devstack.postgres import PgInfo

_DATABASES = ("BALAI_DATABASE_URL", "BALAI_OWNER_DATABASE_URL", "BALAI_QUEUE_DATABASE_URL")
_OWNER_ONLY = ("BALAI_OWNER_DATABASE_URL", "BALAI_KEYCLOAK_ADMIN_USER", "BALAI_KEYCLOAK_ADMIN_PASSWORD")
_WORKER_ONLY = ("BALAI_QUEUE_DATABASE_URL", "BALAI_WORKER_CLIENT_SECRET")


@dataclass
class RunEnvironment:
    """What to start, and with which variables. Raises StackError on half-given addresses."""

    instance: Instance
    postgres: PgInfo | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        given = [name for name in _DATABASES if os.environ.get(name)]
        missing = [name for name in _DATABASES if not os.environ.get(name)]
        if given and missing:
            raise StackError(
                f"{given[0]} diisi, tetapi {' dan '.join(missing)} belum."
                " Basis data sendiri perlu ketiga alamat (docs/operate.md)."
            )
        self.own_database = not given
        self.own_keycloak = not os.environ.get("BALAI_KEYCLOAK_URL")
        self.own_mail = not os.environ.get("BALAI_SMTP_URL")
        self.demo = os.environ.get("BALAI_DEMO", "on").lower() not in {"0", "off", "false", "no"}
        # Another Keycloak's realm is set up only when its administrator was handed over.
        self.manages_realm = self.own_keycloak or bool(os.environ.get("BALAI_KEYCLOAK_ADMIN_PASSWORD"))

    @property
    def needs_postgres(self) -> bool:
        """Keycloak keeps its own data in the embedded server too."""
        return self.own_database or self.own_keycloak

    def use_postgres(self, pg: PgInfo) -> None:
        self.postgres = pg

    def owner(self) -> dict[str, str]:
        """For migrations, set-up and demo: everything."""
        return self.plain() | self._generated() | _set_by_person()

    def worker(self) -> dict[str, str]:
        return _without(self.owner(), _OWNER_ONLY)

    def web(self) -> dict[str, str]:
        return _without(self.owner(), _OWNER_ONLY + _WORKER_ONLY)

    def plain(self) -> dict[str, str]:
        """The person's environment without any setting of Balai."""
        return {key: value for key, value in os.environ.items() if not key.startswith("BALAI_")}

    def _generated(self) -> dict[str, str]:
        known = self.instance.read_secrets()
        values = {
            "BALAI_ENV": "development",
            "BALAI_DOMAIN": "localhost",
            "BALAI_BIND": "127.0.0.1",
            "BALAI_PORT": str(ports.WEB.number),
            "BALAI_KEYCLOAK_URL": f"http://localhost:{ports.KEYCLOAK.number}",
            # Python doesn't resolve names under localhost everywhere, and localhost itself may mean ::1 first.
            "BALAI_KEYCLOAK_INTERNAL_URL": f"http://127.0.0.1:{ports.KEYCLOAK.number}" if self.own_keycloak else "",
            "BALAI_KEYCLOAK_ADMIN_USER": keycloak.ADMIN,
            "BALAI_SMTP_URL": f"smtp://127.0.0.1:{ports.MAIL.number}",
            "BALAI_KEK_FILE": str(self.instance.kek_file),
            "BALAI_FILES_DIR": str(self.instance.files),
            "BALAI_STEP_UP": "off",
            "BALAI_DEMO": "on" if self.demo else "off",
            "BALAI_DEMO_ACCOUNTS": str(self.instance.demo_accounts),
        }
        for name in ("PORTAL_CLIENT_SECRET", "CONSOLE_CLIENT_SECRET", "WORKER_CLIENT_SECRET", "SECRET_KEY"):
            values[f"BALAI_{name}"] = known[name]
        if self.own_keycloak:
            values["BALAI_KEYCLOAK_ADMIN_PASSWORD"] = known["KEYCLOAK_ADMIN_PASSWORD"]
        if self.own_database and self.postgres:
            urls = (self.postgres.app_url, self.postgres.owner_url, self.postgres.queue_url)
            values |= dict(zip(_DATABASES, urls, strict=True))
        return values


def _set_by_person() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key.startswith("BALAI_") and value}


def _without(values: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {key: value for key, value in values.items() if key not in names}
