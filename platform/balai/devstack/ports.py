"""Which process holds a port, and how much disk is left; stdlib only, bootstrap.py asks before anything is installed."""

import contextlib
import errno
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from balai.devstack.errors import StackError

_LISTEN = "0A"


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port. pid and command are None when it belongs to another user."""

    pid: int | None
    command: str | None

    def __str__(self) -> str:
        if self.pid is None:
            return "proses milik pengguna lain"
        return f"proses {self.pid} ({self.command})"


def is_free(port: int) -> bool:
    """Whether 127.0.0.1:`port` can be listened on, nobody on a wildcard address included."""
    with socket.socket() as probe:
        # As servers do: connections that just ended (TIME_WAIT) don't hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return not _listening_inodes(port)


def holder(port: int) -> Holder | None:
    """Who listens on `port` (any address), None when nobody does."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            for descriptor in (entry / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if descriptor.readlink().name in inodes:
                        return Holder(int(entry.name), _command(entry))
    return Holder(None, None)


def require_free(port: int, variable: str, what: str) -> None:
    """Raise StackError naming the process that holds `port` and the variable that chooses another one."""
    if port < 1024 and os.geteuid() != 0:  # noqa: PLR2004 - the privileged ports
        raise StackError(
            f"Port {port} untuk {what} hanya bisa dipakai root. Pilih port lain: {variable}=18000 make run"
        )
    if is_free(port):
        return
    by = holder(port)
    raise StackError(
        f"Port {port} untuk {what} sedang dipakai {by or 'proses lain'}."
        f" Hentikan proses itu, atau pilih port lain: {variable}={port + 10000 if port < 50000 else port - 10000} make run"  # noqa: PLR2004
    )


def number(variable: str, default: int) -> int:
    """A port from the environment; raises StackError when it isn't a port number."""
    raw = os.environ.get(variable) or str(default)
    if not raw.isdigit() or not 0 < int(raw) < 65536:  # noqa: PLR2004 - 16 bits
        raise StackError(f"{variable}={raw} bukan nomor port (1 sampai 65535).")
    return int(raw)


@dataclass(frozen=True)
class RunPort:
    """A port of `make run`: the variable that chooses another one, and what makes it unnecessary when set."""

    variable: str
    default: int
    what: str
    unless: str = ""

    @property
    def number(self) -> int:
        return number(self.variable, self.default)


WEB = RunPort("BALAI_PORT", 8000, "portal")
KEYCLOAK = RunPort("BALAI_KEYCLOAK_PORT", 8080, "Keycloak", unless="BALAI_KEYCLOAK_URL")
MAIL = RunPort("BALAI_MAIL_PORT", 1025, "penampung surat (SMTP)", unless="BALAI_SMTP_URL")
MAIL_WEB = RunPort("BALAI_MAIL_WEB_PORT", 8025, "halaman penampung surat", unless="BALAI_SMTP_URL")


def require_run_ports() -> None:
    """Raise StackError for the first port of `make run` that is taken, or chosen twice."""
    seen: dict[int, RunPort] = {}
    for port in (WEB, KEYCLOAK, MAIL, MAIL_WEB):
        if port.unless and os.environ.get(port.unless):
            continue
        other = seen.setdefault(port.number, port)
        if other is not port:
            raise StackError(f"{port.variable} dan {other.variable} sama-sama {port.number}. Pilih nomor yang berbeda.")
        require_free(port.number, port.variable, port.what)


def require_disk(folder: Path, need_mb: int, what: str) -> None:
    """Raise StackError when the file system of `folder` (existing or not yet) has less than `need_mb` free."""
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free_mb = shutil.disk_usage(existing).free // 1_000_000
    if free_mb < need_mb:
        raise StackError(
            f"Ruang disk di {existing} tinggal {free_mb} MB, sedangkan {what} perlu {need_mb} MB."
            " Kosongkan ruang, atau pilih folder di disk lain dengan BALAI_DATA dan BALAI_CACHE."
        )


def _listening_inodes(port: int) -> set[str]:
    """The sockets that listen on `port`, as `socket:[inode]`; empty where there is no /proc (macOS)."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found


def _command(entry: Path) -> str:
    words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return words[:120] or (entry / "comm").read_text().strip()
