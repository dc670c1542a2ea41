"""The real Keycloak of an instance: fetched with a pinned hash, built once into the shared cache, started, stopped.

Its data lies in a database of its own on the instance's PostgreSQL; the theme is read from this checkout, so an edited
theme needs a restart and no new build. The realm itself is made over the admin API by `balai identity setup`.
"""

import hashlib
import os
import secrets
import shutil
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from balai.devstack import java, ports, processes
from balai.devstack.errors import StackError
from balai.devstack.instance import REPOSITORY, Instance, cache_root, file_lock
from balai.devstack.postgres import PgInfo
from balai.devstack.processes import Started, spawn

VERSION = "26.7.3"
SIZE_MB = 177
SHA512 = (
    "15c764765576eef267cf15cc5225a5826b5394a25a83d9bfa5b8544e4bbba690"
    "cb743c9d384200b93bb71ee4c4a328e1dd8c0a00f822fd3e6e154f14b1e47216"
)
ADMIN = "balai-bootstrap"
THEMES = REPOSITORY / "platform" / "balai" / "auth" / "theme"
# Options that are fixed at build time; a change of this line builds anew under another folder name.
_BUILD = ("--db=postgres", "--health-enabled=false", "--metrics-enabled=false")
# kc.sh's own options with less memory (a heap of 256 MB gives a process of about 450 MB), the serial collector and one
# compiler tier, which start fastest.
_JAVA_OPTS = (
    "-Xms64m -Xmx256m -XX:MetaspaceSize=96M -XX:MaxMetaspaceSize=256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
    " -XX:+ExitOnOutOfMemoryError -Dfile.encoding=UTF-8 -Djava.security.egd=file:/dev/urandom"
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class KcInfo:
    """How to reach Keycloak: `url` as browsers and issuers see it (no trailing slash), the bootstrap administrator."""

    url: str
    admin_user: str
    admin_password: str


def is_cached() -> bool:
    """Whether Keycloak is unpacked and built (nothing to download)."""
    return _built_home().exists()


def is_downloaded() -> bool:
    """Whether the archive is here already, by an earlier download or BALAI_KEYCLOAK_ZIP."""
    return is_cached() or bool(os.environ.get("BALAI_KEYCLOAK_ZIP")) or _archive().exists()


def ensure_built(say: Say = print) -> Path:
    """Fetch, check, unpack and build unless done; the server's folder. Raises StackError."""
    home = _built_home()
    if home.exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(home.parent / ".keycloak.lock"):
        if not home.exists():
            _build(_fetch(say), home, say)
    return home


def _built_home() -> Path:
    mark = hashlib.sha256(" ".join(_BUILD).encode()).hexdigest()[:6]
    return cache_root() / f"keycloak-{VERSION}-{mark}"


def _archive() -> Path:
    return cache_root() / f"keycloak-{VERSION}.zip"


def _fetch(say: Say) -> Path:
    own = os.environ.get("BALAI_KEYCLOAK_ZIP")
    archive = Path(own).expanduser() if own else _archive()
    if own and not archive.is_file():
        raise StackError(f"BALAI_KEYCLOAK_ZIP={own} tidak ada.")
    if archive.exists() and _sha512(archive) == SHA512:
        return archive
    if own:
        raise StackError(f"BALAI_KEYCLOAK_ZIP={own} bukan Keycloak {VERSION} yang asli (SHA-512 tidak cocok).")
    partial = archive.with_suffix(".unduhan")
    say(f"Mengunduh Keycloak {VERSION} ({SIZE_MB} MB) ...")
    try:
        _download(partial, say)
    except Exception as error:  # whatever the download library raises, people need the same two ways out
        raise StackError(
            f"Keycloak tidak bisa diunduh: {error}\nPeriksa sambungan internet lalu ulangi, atau unduh sendiri"
            f" keycloak-{VERSION}.zip dan jalankan: BALAI_KEYCLOAK_ZIP=/jalur/keycloak-{VERSION}.zip make run"
        ) from error
    if _sha512(partial) != SHA512:
        partial.unlink()
        raise StackError("Unduhan Keycloak rusak (SHA-512 tidak cocok) dan sudah dihapus. Ulangi perintahnya.")
    partial.rename(archive)
    return archive


def _download(target: Path, say: Say) -> None:
    """Resolve with maven-artifact, read the stream here: its own download shows no progress."""
    from maven_artifact import Artifact, Downloader

    downloader = Downloader()
    artifact = Artifact("org.keycloak", "keycloak-quarkus-dist", VERSION, extension="zip")
    address = downloader.resolver.uri_for_artifact(artifact)
    with downloader.requestor.request(address, None, stream=True, timeout=60) as response, target.open("wb") as output:
        total = int(response.headers.get("Content-Length") or SIZE_MB * 1_000_000)
        done, next_report = 0, 0.1
        for chunk in response.iter_content(chunk_size=1 << 18):
            output.write(chunk)
            done += len(chunk)
            if done / total >= next_report:
                say(f"  {done // 1_000_000} dari {total // 1_000_000} MB")
                next_report += 0.1


def _sha512(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha512").hexdigest()


def _build(archive: Path, home: Path, say: Say) -> None:
    say("Menyiapkan Keycloak, sekali saja (sekitar satu menit) ...")
    building = home.with_name(f"{home.name}.{secrets.token_hex(4)}")
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(building)
        unpacked = building / f"keycloak-{VERSION}"
        command: list[str | Path] = ["sh", unpacked / "bin" / "kc.sh", "build", *_BUILD]
        log = building / "build.log"
        started = spawn(command, log=log, env=_environment(), cwd=building)
        try:
            code = processes.wait(started)
        finally:
            started.stop()  # Ctrl-C came in between: the shell and its Java go together
        if code:
            raise StackError(f"Keycloak tidak bisa disiapkan:\n{log.read_text(errors='replace')[-1500:]}")
        unpacked.rename(home)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _environment() -> dict[str, str]:
    """The caller's environment without KC_* and JAVA_OPTS* of somebody's own, which would change the build."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KC_", "JAVA_OPTS", "KEYCLOAK_", "BALAI_"))}
    return kept | {"JAVA": str(java.find()), "JAVA_OPTS": _JAVA_OPTS}


def start(instance: Instance, pg: PgInfo, *, port: int, say: Say = print) -> Started:
    """Start Keycloak on 127.0.0.1:`port` unless it runs; doesn't wait. Raises StackError when the port is taken."""
    already = running(instance)
    if already is not None:
        return already
    home = ensure_built(say)
    ports.require_free(port, "BALAI_KEYCLOAK_PORT", "Keycloak")
    url = f"http://localhost:{port}"
    environment = _environment() | {
        "KC_DB_URL": f"jdbc:postgresql://127.0.0.1:{pg.port}/keycloak",
        "KC_DB_USERNAME": "keycloak",
        "KC_DB_PASSWORD": pg.passwords["keycloak"],
        "KC_DB_POOL_INITIAL_SIZE": "2",
        "KC_DB_POOL_MIN_SIZE": "2",
        "KC_DB_POOL_MAX_SIZE": "20",
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": instance.read_secrets()["KEYCLOAK_ADMIN_PASSWORD"],
    }
    command: tuple[str | Path, ...] = ("sh", home / "bin" / "kc.sh", "start", "--optimized", *_options(port, url))
    log, pid_file = instance.logs / "keycloak.log", _pid_file(instance)
    return spawn(command, log=log, env=environment, cwd=instance.home, pid_file=pid_file, url=url)


def _options(port: int, url: str) -> list[str]:
    options = ["--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={port}", f"--hostname={url}"]
    # Without this a cluster of one would listen for others on every address of the machine.
    options += ["--cache=local"]
    if THEMES.is_dir():
        # A browser may keep a style sheet for a minute, not for Keycloak's 30 days: an edited theme must show.
        options += [f"--spi-theme--folder--dir={THEMES}", "--spi-theme--static-max-age=60"]
    return options


def wait(instance: Instance, started: Started, *, timeout: float = 120) -> KcInfo:
    """Wait until Keycloak answers; raises StackError with the end of its log when it ends or takes too long."""
    url = str(started.note["url"])
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if answers(url):
            return KcInfo(url, ADMIN, instance.read_secrets()["KEYCLOAK_ADMIN_PASSWORD"])
        if not started.alive():
            break
        time.sleep(0.2)
    log = instance.logs / "keycloak.log"
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise StackError(f"Keycloak tidak menyala. Catatannya ({log}) berakhir dengan:\n{tail}")


def answers(url: str) -> bool:
    """Whether Keycloak at `url` serves its master realm."""
    try:
        # `localhost` may resolve to ::1 first, where nothing listens.
        address = url.replace("//localhost", "//127.0.0.1")
        with urllib.request.urlopen(f"{address}/realms/master", timeout=3) as response:  # noqa: S310 - http by us
            return bool(response.status == 200)  # noqa: PLR2004
    except (OSError, urllib.error.URLError):
        return False


def stop(instance: Instance) -> bool:
    """Stop Keycloak; False when it didn't run."""
    started = running(instance)
    if started is not None:
        started.stop(timeout=20)
    _pid_file(instance).unlink(missing_ok=True)
    return started is not None


def running(instance: Instance) -> Started | None:
    """The running Keycloak of this instance (`note["url"]` is its address), None when none runs."""
    return Started.read(_pid_file(instance))


def _pid_file(instance: Instance) -> Path:
    return instance.pids / "keycloak.json"
