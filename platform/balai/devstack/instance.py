"""Where one instance of the stack keeps its data: paths, secrets and the lock.

An instance is `run` (make run) or `test` (make test, pytest); each has its own PostgreSQL, Keycloak and ports, so both
can run at once. Every checkout has its own pair, so two clones on one machine never meet in one database. As root
the data lies in /var/lib/balai and the cache in /var/cache/balai, never in a private home: PostgreSQL refuses to run
as root, and its own system user must be able to reach both.
"""

import base64
import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from balai.devstack.errors import StackError

REPOSITORY = Path(__file__).resolve().parents[3]
"""The checkout that this code runs from (the stack is started from a checkout only)."""

# A Unix socket's path holds 107 bytes on Linux; "/.s.PGSQL.54329" takes 16 of them.
_SOCKET_DIRECTORY_LIMIT = 90

_GENERATED = (
    "PG_SUPERUSER_PASSWORD",
    "PG_OWNER_PASSWORD",
    "PG_APP_PASSWORD",
    "PG_QUEUE_PASSWORD",
    "PG_KEYCLOAK_PASSWORD",
    "KEYCLOAK_ADMIN_PASSWORD",
    "PORTAL_CLIENT_SECRET",
    "CONSOLE_CLIENT_SECRET",
    "WORKER_CLIENT_SECRET",
    "SECRET_KEY",
)


def is_root() -> bool:
    """Whether this process runs as root."""
    return os.geteuid() == 0


def data_root() -> Path:
    """Folder that holds the instances: BALAI_DATA, /var/lib/balai (root) or ~/.local/share/balai."""
    given = os.environ.get("BALAI_DATA")
    if given:
        return Path(given).expanduser().resolve()
    if is_root():
        return Path("/var/lib/balai")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "balai"


def cache_root() -> Path:
    """Folder shared by all checkouts for what is downloaded or built: BALAI_CACHE, /var/cache/balai or ~/.cache/balai."""
    given = os.environ.get("BALAI_CACHE")
    if given:
        return Path(given).expanduser().resolve()
    if is_root():
        return Path("/var/cache/balai")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "balai"


@dataclass(frozen=True)
class Instance:
    """One instance: its name (`run` or `test`) and its folder."""

    name: str
    home: Path

    @classmethod
    def named(cls, name: str) -> "Instance":
        """The instance `name` of this checkout; folders are made by `prepare`."""
        if name not in {"run", "test", "bench"}:
            raise ValueError(f"an instance is run, test or bench, not {name!r}")
        mark = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:6]
        return cls(name, data_root() / f"{name}-{mark}")

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def pids(self) -> Path:
        return self.home / "pid"

    @property
    def files(self) -> Path:
        return self.home / "files"

    @property
    def postgres(self) -> Path:
        return self.home / "pg"

    @property
    def secrets_file(self) -> Path:
        return self.home / "secrets.env"

    @property
    def kek_file(self) -> Path:
        return self.home / "kek"

    @property
    def demo_accounts(self) -> Path:
        return self.home / "demo-accounts.json"

    @property
    def sockets(self) -> Path:
        """Folder of PostgreSQL's Unix socket: beside the data, or in the temporary folder when that path is too long."""
        beside = self.home / "s"
        if len(str(beside).encode()) <= _SOCKET_DIRECTORY_LIMIT:
            return beside
        mark = hashlib.sha256(str(self.home).encode()).hexdigest()[:8]
        return Path(tempfile.gettempdir()) / f"balai-{os.geteuid()}-{mark}"

    def prepare(self) -> None:
        """Make the folders, and the secrets and key file on the first call; raises StackError when not writable."""
        try:
            for folder in (self.home, self.logs, self.pids, self.files):
                folder.mkdir(parents=True, exist_ok=True)
            # PostgreSQL's own user must pass through (root case); every file with a secret is 0600 by itself.
            self.home.chmod(0o711)
            for folder in (self.logs, self.pids, self.files):
                folder.chmod(0o700)
        except OSError as error:
            raise StackError(
                f"Folder {self.home} tidak bisa ditulis ({error.strerror}). Pilih folder lain: BALAI_DATA=/jalur make run"
            ) from error
        with self.lock("secrets"):
            self._write_secrets()

    def _write_secrets(self) -> None:
        known = self.read_secrets()
        missing = [name for name in _GENERATED if name not in known]
        if missing:
            known |= {name: secrets.token_urlsafe(32) for name in missing}
            write_private(self.secrets_file, "".join(f"{key}={value}\n" for key, value in known.items()))
        if not self.kek_file.exists():
            write_private(self.kek_file, base64.b64encode(secrets.token_bytes(32)).decode() + "\n")

    def read_secrets(self) -> dict[str, str]:
        """The generated secrets by name, empty before `prepare`."""
        if not self.secrets_file.exists():
            return {}
        lines = self.secrets_file.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Only one process at a time inside the block, per instance and name."""
        self.home.mkdir(parents=True, exist_ok=True)
        with file_lock(self.home / f".{name}.lock"):
            yield


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path`; the kernel frees it when this process ends in whatever way."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a file that only its owner can read (0600 from the first byte on), replacing it in one step."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding=encoding, newline="") as handle:
        handle.write(text)
    temporary.replace(path)
