"""What terms and grades of the balance are called for people."""

from typing import Any, Final

from balai.api import lazy_gettext as _l

# Grade -> (name, what it means, kind of badge).
GRADES: Final[dict[str, tuple[Any, Any, str]]] = {
    "a": (_l("A: terukur"), _l("Air masuk diukur meter induk, dan hampir semua meter pelanggan dibaca."), "good"),
    "b": (
        _l("B: setengah terukur"),
        _l("Air masuk diukur, atau hampir semua meter pelanggan dibaca; yang lain perkiraan."),
        "info",
    ),
    "c": (
        _l("C: perkiraan"),
        _l("Air masuk dikira-kira dan banyak meter pelanggan belum dibaca. Pakai angka ini dengan hati-hati."),
        "warn",
    ),
    "d": (
        _l("D: belum bisa dihitung"),
        _l("Air masuk belum diketahui, jadi kehilangan air belum bisa dihitung."),
        "bad",
    ),
}
BILLED_BY: Final[dict[str, Any]] = {
    "bills": _l("dari tagihan"),
    "readings": _l("dari catatan meter"),
    "given": _l("dari catatan lain"),
    "": _l("belum ada"),
}
