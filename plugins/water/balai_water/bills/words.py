"""Words for what pages show of bills."""

from typing import Any, Final

from balai.api import lazy_gettext as _l

STATUS: Final[dict[str, Any]] = {
    "open": _l("belum dibayar"),
    "part_paid": _l("dibayar sebagian"),
    "overdue": _l("lewat batas bayar"),
    "paid": _l("lunas"),
    "cancelled": _l("dibatalkan"),
}
BADGES: Final = {"open": "info", "part_paid": "info", "overdue": "warn", "paid": "good", "cancelled": ""}
WHY: Final[dict[str, Any]] = {
    "unread": _l("meter belum dibaca"),
    "check": _l("bacaan menunggu diperiksa"),
    "refused": _l("bacaan ditolak, perlu dibaca ulang"),
    "group": _l("golongannya tidak ada di tarif"),
}
RUN: Final[dict[str, Any]] = {"running": _l("sedang berjalan"), "done": _l("selesai"), "stopped": _l("berhenti")}
RUN_BADGES: Final = {"running": "info", "done": "good", "stopped": "bad"}
