"""What `make run` prints at the end: addresses and the demo's accounts.

The accounts come from the 0600 file that `balai demo load` writes: {"accounts": [{"where": "Kota Bandung",
"role": "petugas", "url": "http://...", "username": "...", "password": "..."}]}; unknown shapes are pointed to, not guessed.
"""

import json
from typing import Any

from balai.devstack import ports
from balai.devstack.instance import Instance
from balai.devstack.runenv import RunEnvironment


def text(instance: Instance, environment: RunEnvironment, *, seconds: float) -> str:
    """The whole text, `seconds` after the start."""
    lines = ["", f"Balai siap dalam {seconds:.0f} detik.", "", f"  Daftar daerah   http://localhost:{ports.WEB.number}"]
    lines.append(f"  Login           {environment.web()['BALAI_KEYCLOAK_URL']}")
    if environment.own_mail:
        lines.append(f"  Surat masuk     http://localhost:{ports.MAIL_WEB.number}   (semua surat tertahan di sini)")
    lines.append(f"  Data dan log    {instance.home}")
    lines += [*_accounts(instance), "", "Ctrl-C menghentikan semuanya.", ""]
    return "\n".join(lines)


def _accounts(instance: Instance) -> list[str]:
    path = instance.demo_accounts
    if not path.exists():
        return []
    try:
        rows = [_row(account) for account in json.loads(path.read_text())["accounts"]]
    except (ValueError, KeyError, TypeError):
        return ["", f"Akun percobaan: {path}"]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    table = [f"  {line}".rstrip() for line in lines]
    return ["", f"Akun percobaan (juga di {path}):", "", *table]


def _row(account: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(account.get(key) or "") for key in ("where", "role", "username", "password", "url"))
