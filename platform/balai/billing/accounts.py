"""The chart of accounts: a template for every region, streams of income and drawers besides."""

import re
from collections.abc import Iterable
from typing import Final, Literal

from balai.billing import queries
from balai.db import TenantSession

AccountKind = Literal["asset", "liability", "income", "expense"]
# key -> (label for the treasurer, kind). What a region needs beyond is opened by `open_account`.
TEMPLATE: Final[dict[str, tuple[str, AccountKind]]] = {
    "kas": ("Kas bendahara", "asset"),
    "kas_loket": ("Uang tunai di loket", "asset"),
    "bank": ("Rekening kas daerah", "asset"),
    "penyedia": ("Uang di penyedia pembayaran", "asset"),
    "piutang": ("Piutang", "asset"),
    "pendapatan": ("Pendapatan lain-lain", "income"),
    "denda": ("Denda keterlambatan", "income"),
    "potongan": ("Potongan dan keringanan", "income"),
    "titipan": ("Titipan (lebih bayar)", "liability"),
    "belum_dikenali": ("Penerimaan yang belum dikenali", "liability"),
    "utang_pengembalian": ("Utang pengembalian", "liability"),
    "selisih_kas": ("Selisih kas", "expense"),
    "biaya_penyedia": ("Biaya penyedia pembayaran", "expense"),
}
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*(?:[.-][a-z0-9_-]+)*")
_KNOWN: Final = "balai.billing.accounts"


def open_account(session: TenantSession, key: str, label: str, kind: AccountKind) -> None:
    """Have an account; nothing happens when there is one. key: `pendapatan.<stream>`, `kas_loket.<drawer>`, ...

    Raises ValueError for a key that can't be one.
    """
    if not _KEY.fullmatch(key) or len(key) > 80 or not label.strip():  # noqa: PLR2004 - fits every report
        raise ValueError(f"no account can be called {key!r}")
    queries.add_accounts(session, [(key, label.strip()[:120], kind)])


def ensure(session: TenantSession, keys: Iterable[str]) -> None:
    """Have every account that is named, as far as the template knows it. Raises ValueError for any other that isn't there."""
    known: set[str] = session.info.setdefault(_KNOWN, set())
    missing = set(keys) - known
    if not missing:
        return
    found = queries.known_accounts(session, missing)
    wanted = missing - found
    unknown = sorted(key for key in wanted if key not in TEMPLATE)
    if unknown:
        raise ValueError(f"there is no account {unknown[0]!r}: open it first (billing.open_account)")
    if wanted:
        queries.add_accounts(session, [(key, *TEMPLATE[key]) for key in sorted(wanted)])
    else:
        # Only what stands committed or was found is remembered: a rollback takes away what was just made.
        known |= found
