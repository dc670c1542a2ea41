"""The door of the run stack for tests, benches and the supervisor: start what is needed, once, and share it.

Usage from a pytest plugin (any number of xdist workers, guarded by a file lock, reused when it already runs):

    from balai.devstack import stack

    pg = stack.ensure_postgres("test")        # about 1 s the first time, 10 ms when it runs
    pg.owner_url, pg.app_url, pg.queue_url, pg.superuser_url     # database `balai`, made empty
    mine = pg.create_database("test_gw0", replace=True)          # a PgInfo of a fresh, empty database
    pg.drop_database("test_gw0")

    kc = stack.ensure_keycloak("test")        # waits until it answers; 10 s when built
    kc.url, kc.admin_user, kc.admin_password  # bootstrap administrator of realm `master`
    env = stack.environment("test")           # BALAI_* for Settings.from_env, CLI and worker; all secrets included

    from balai.devstack.mail import Catcher   # SMTP in this process, mails in a folder
    with Catcher(tmp_path) as mail:
        mail.url, mail.messages("siti@contoh.id")[0].links       # url is a BALAI_SMTP_URL

`make test` starts both around pytest and stops them; a direct `pytest` starts them lazily and leaves them running for
the next call. `make stop` stops everything of this checkout. The instance `run` belongs to `make run`.
"""

from collections.abc import Callable

from balai.devstack import keycloak, ports, postgres
from balai.devstack.errors import StackError
from balai.devstack.instance import Instance
from balai.devstack.keycloak import KcInfo
from balai.devstack.postgres import PgInfo
from balai.devstack.processes import Started

__all__ = ["Instance", "KcInfo", "PgInfo", "StackError", "ensure_keycloak", "ensure_postgres", "environment", "stop"]


def ensure_postgres(instance: str = "test") -> PgInfo:
    """Start the instance's PostgreSQL unless it runs; raises StackError."""
    return postgres.start(Instance.named(instance))


def ensure_keycloak(instance: str = "test", *, say: Callable[[str], None] = print, timeout: float = 180) -> KcInfo:
    """Start the instance's Keycloak (and PostgreSQL) unless it runs, wait until it answers; raises StackError."""
    started = begin_keycloak(instance, say=say)
    return keycloak.wait(Instance.named(instance), started, timeout=timeout)


def begin_keycloak(instance: str = "test", *, say: Callable[[str], None] = print) -> Started:
    """Like ensure_keycloak, without waiting; `note["url"]` of the answer is the address it will have."""
    here = Instance.named(instance)
    pg = postgres.start(here)
    with here.lock("keycloak"):
        return keycloak.start(here, pg, port=_keycloak_port(here), say=say)


def _keycloak_port(instance: Instance) -> int:
    """The fixed port of `run`; for tests the preferred one, or a free one, since nobody types that address."""
    if instance.name == "run":
        return ports.KEYCLOAK.number
    return postgres.free_port(ports.number("BALAI_TEST_KEYCLOAK_PORT", 18080))


def environment(instance: str = "test") -> dict[str, str]:
    """BALAI_* variables for this instance's CLI and worker: databases, Keycloak, secrets, files.

    Starts PostgreSQL when it doesn't run; Keycloak's address is the running one's, else the one it would get.
    """
    here = Instance.named(instance)
    pg = postgres.start(here)
    known = here.read_secrets()
    running = keycloak.running(here)
    url = str(running.note["url"]) if running else f"http://localhost:{_keycloak_port(here)}"
    return {
        "BALAI_ENV": "test" if instance == "test" else "development",
        "BALAI_DATABASE_URL": pg.app_url,
        "BALAI_OWNER_DATABASE_URL": pg.owner_url,
        "BALAI_QUEUE_DATABASE_URL": pg.queue_url,
        "BALAI_KEYCLOAK_URL": url,
        "BALAI_KEYCLOAK_ADMIN_USER": keycloak.ADMIN,
        "BALAI_KEYCLOAK_ADMIN_PASSWORD": known["KEYCLOAK_ADMIN_PASSWORD"],
        "BALAI_PORTAL_CLIENT_SECRET": known["PORTAL_CLIENT_SECRET"],
        "BALAI_CONSOLE_CLIENT_SECRET": known["CONSOLE_CLIENT_SECRET"],
        "BALAI_WORKER_CLIENT_SECRET": known["WORKER_CLIENT_SECRET"],
        "BALAI_SECRET_KEY": known["SECRET_KEY"],
        "BALAI_KEK_FILE": str(here.kek_file),
        "BALAI_FILES_DIR": str(here.files),
    }


def stop(instance: str = "test") -> list[str]:
    """Stop Keycloak and then PostgreSQL of the instance; the names of what was running."""
    here = Instance.named(instance)
    stopped = []
    if keycloak.stop(here):
        stopped.append("Keycloak")
    if postgres.stop(here):
        stopped.append("PostgreSQL")
    return stopped
