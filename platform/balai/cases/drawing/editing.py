"""Changes to the document on the drawing board, as plain functions on its values.

Each takes the document (a copy that it may change) and what the officer typed, answers what was done in words, and raises Invalid
where the typed text itself can't be kept. Whether the service then makes sense is a question for the checks: a drawing may be
unfinished.
"""

from collections.abc import Mapping
from typing import Any, Final

from balai.cases.drawing.naming import key_of, values_of
from balai.cases.values import ValueFault, clean_text
from balai.contracts import CHECKER, Sector
from balai.errors import Conflict, FieldError, Invalid
from balai.web.i18n import gettext as _

FIELD_TYPES: Final = (
    "text", "longtext", "number", "money", "date", "choice", "multichoice", "place", "region", "file", "photo", "voice", "nik",
    "phone", "email", "consent",
)  # fmt: skip
MOST_FIELDS: Final = 80
MOST_OPTIONS: Final = 100
_LABEL: Final = 200
_NUMBERS: Final = frozenset({"number", "money"})
_CHOICES: Final = frozenset({"choice", "multichoice"})
_BASIS: Final = "UU 27/2022 tentang Pelindungan Data Pribadi"
_USUAL: Final = {
    "nik": ("memastikan siapa pemohonnya", 730),
    "phone": ("menghubungi pemohon", 365),
    "email": ("menghubungi pemohon", 365),
}


class Typed:
    """What the officer typed, read with checks; `done` raises everything that needs correcting at once."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.errors: list[FieldError] = []

    def text(self, name: str, *, most: int = _LABEL, required: bool = False, lines: bool = False) -> str:
        """One text; line breaks only where `lines`."""
        try:
            text = clean_text(str(self._given.get(name, "")), least=1 if required else 0, most=most)
        except ValueFault as fault:
            self.errors.append(FieldError(name, str(fault)))
            return ""
        return text if lines else " ".join(text.split())

    def rows(self, name: str, *, most: int, longest: int = _LABEL) -> list[str]:
        """The lines of a textarea, empty ones and repetitions left out."""
        text = self.text(name, most=most * (longest + 1), lines=True)
        found = list(dict.fromkeys(filter(None, (" ".join(row.split()) for row in text.split("\n")))))
        if len(found) > most:
            self.errors.append(FieldError(name, _("Paling banyak %(most)s baris.", most=most)))
        if any(len(row) > longest for row in found):
            self.errors.append(FieldError(name, _("Ada baris yang lebih dari %(most)s huruf.", most=longest)))
        return found

    def number(self, name: str, *, least: int = 1, most: int = 1000) -> int | None:
        """A whole number, None when empty."""
        text = self.text(name, most=40).replace(".", "")
        if not text:
            return None
        if not text.isdecimal() or not least <= int(text) <= most:
            self.errors.append(
                FieldError(name, _("Tulis angka bulat dari %(least)s sampai %(most)s.", least=least, most=most))
            )
            return None
        return int(text)

    def one_of(self, name: str, known: "list[str] | tuple[str, ...]", default: str = "") -> str:
        """One of several words."""
        text = str(self._given.get(name, default) or default)
        if text not in known:
            self.errors.append(FieldError(name, _("Pilih salah satu.")))
            return known[0] if known else ""
        return text

    def several(self, name: str) -> list[str]:
        """All that was ticked under one name."""
        getlist = getattr(self._given, "getlist", None)
        found = getlist(name) if getlist else self._given.get(name, [])
        return [str(v) for v in found]

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self._given.get(name))

    def done(self) -> None:
        """Raise Invalid when something needs correcting."""
        if self.errors:
            raise Invalid(self.errors)


# --- what the service is ---


def change_basics(document: dict[str, Any], given: Mapping[str, Any]) -> str:
    """Title, summary, sector, audience, visibility, legal basis, fee, target group, documents needed."""
    typed = Typed(given)
    title, summary = typed.text("title", required=True), typed.text("summary", most=500, required=True)
    audience = typed.one_of("audience", ("public", "staff"), "public")
    values = {
        "sector": typed.one_of("sector", [s.value for s in Sector], "administrasi"),
        "audience": audience,
        "visibility": typed.one_of("visibility", ("private", "public", "secret"), "private"),
        "anonymous": typed.ticked("anonymous") and audience == "public",
        "legal_basis": typed.text("legal_basis", most=500),
        "documents": typed.rows("documents", most=40, longest=300),
        "reopen_days": typed.number("reopen_days", least=0, most=250) or 0,
        "second_check": typed.one_of("second_check", checkers(document), "none"),
    }
    check_days = typed.number("check_days", most=250)
    topic = typed.text("topic", most=60)
    amount = typed.number("fee_amount", least=0, most=10**12)
    fee_per = typed.text("fee_per", most=80)
    label, people = typed.text("target_label", most=120), typed.number("target_people", most=10**9)
    english = typed.text("title_en")
    typed.done()
    document.update(values)
    document.pop("check_days", None)
    if check_days and values["second_check"] != "none":
        document["check_days"] = check_days
    document["topic"] = key_of(topic or title, (), joint="-", fallback="umum")
    document["titles"] = {**document.get("titles", {}), "id": title} | ({"en": english} if english else {})
    document["summary"] = {**document.get("summary", {}), "id": summary}
    document["fee"] = None if amount is None else {"amount": amount, "per": fee_per}
    document.pop("target_group", None)
    if label:
        document["target_group"] = {"label": label} | ({"population": people} if people else {})
    return _("Data umum diubah")


def checkers(document: dict[str, Any]) -> list[str]:
    """Who may take the second look: nobody, the requester, a unit of the path, or a unit that only checks."""
    slots = [s["slot"] for s in document["workflow"]["states"] if s.get("slot")]
    return list(dict.fromkeys(["none", "citizen", *slots, CHECKER]))


# --- the form ---


def add_field(document: dict[str, Any], given: Mapping[str, Any], *, prefix: str = "") -> str:
    """A further question at the end of the form."""
    fields = document.setdefault("fields", [])
    if len(fields) >= MOST_FIELDS:
        raise Invalid.field("label", _("Paling banyak %(most)s isian. Hapus yang tidak perlu dulu.", most=MOST_FIELDS))
    typed = Typed(given)
    label = typed.text("label", required=True)
    kind = typed.one_of("type", FIELD_TYPES, "text")
    options = typed.rows("options", most=MOST_OPTIONS) if kind in _CHOICES else []
    typed.done()
    taken = {f.get("key") for f in fields} | {"answer", "question", "reply", "reason", "receiver"}
    made: dict[str, Any] = {"key": key_of(prefix + label, taken), "type": kind, "label": label}
    made |= {"help": "", "required": typed.ticked("required"), "show_if": {}, "limits": {}, "personal": None}
    made["options"] = values_of(options, [])
    if kind in _USUAL:
        purpose, days = _USUAL[kind]
        made["personal"] = {"purpose": purpose, "basis": _BASIS, "retention_days": days}
    fields.append(made)
    return _("Isian “%(label)s” ditambahkan", label=label)


def change_field(
    document: dict[str, Any], index: int, given: Mapping[str, Any], *, earlier: "list[dict[str, Any]] | None" = None
) -> str:
    """Everything about one question. earlier: questions of the shipped form that stand before the region's own."""
    field, typed = row_at(document.get("fields", []), index), Typed(given)
    label, help_ = typed.text("label", required=True), typed.text("help", most=500)
    kind = typed.one_of("type", FIELD_TYPES, "text")
    options = typed.rows("options", most=MOST_OPTIONS) if kind in _CHOICES else []
    before = {f["key"]: f for f in [*(earlier or []), *document["fields"][:index]]}
    show_if = _condition(typed, before)
    limits = _limits(typed, kind, field.get("limits") or {})
    personal = _personal(typed)
    typed.done()
    known = field.get("options") or []
    field.update(type=kind, label=label, help=help_, required=typed.ticked("required"), show_if=show_if, limits=limits)
    field.update(options=values_of(options, known) if options else [], personal=personal)
    return _("Isian “%(label)s” diubah", label=label)


def _condition(typed: Typed, before: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    key = typed.text("show_field", most=60)
    if not key:
        return {}
    other = before.get(key)
    if other is None:
        typed.errors.append(FieldError("show_field", _("Pilih isian pilihan yang ada di atasnya.")))
        return {}
    rows = typed.rows("show_values", most=MOST_OPTIONS)
    if other["type"] == "consent" and not rows:
        return {key: ["true"]}
    labels = {o["label"].lower(): o["value"] for o in other.get("options", [])}
    known = set(labels.values()) | {"true", "false"}
    found = [labels.get(row.lower(), row) for row in rows]
    if not found or not set(found) <= known:
        shown = ", ".join(o["label"] for o in other.get("options", []))
        typed.errors.append(
            FieldError("show_values", _("Tulis satu jawaban per baris. Yang ada: %(known)s", known=shown))
        )
    return {key: found}


def _limits(typed: Typed, kind: str, known: dict[str, Any]) -> dict[str, Any]:
    if kind not in _NUMBERS:
        return {k: v for k, v in known.items() if k not in {"min", "max"}}
    least, most = typed.number("min", least=0, most=10**12), typed.number("max", least=0, most=10**12)
    return {k: v for k, v in (("min", least), ("max", most)) if v is not None}


def _personal(typed: Typed) -> dict[str, Any] | None:
    purpose, basis = typed.text("purpose"), typed.text("basis")
    days = typed.number("retention_days", most=36500)
    if not (purpose or basis or days):
        return None
    for name, value in (("purpose", purpose), ("basis", basis), ("retention_days", days)):
        if not value and not any(e.field == name for e in typed.errors):
            typed.errors.append(FieldError(name, _("Untuk data pribadi, ketiganya perlu diisi.")))
    return {"purpose": purpose, "basis": basis, "retention_days": days}


def move_row(rows: list[dict[str, Any]], index: int, way: str) -> str:
    """One row up (naik), down (turun) or out (hapus)."""
    row = row_at(rows, index)
    label = str(row.get("label") or row.get("key") or "")
    if way == "hapus":
        rows.pop(index)
        return _("“%(label)s” dihapus", label=label)
    target = index + (-1 if way == "naik" else 1)
    if 0 <= target < len(rows):
        rows[index], rows[target] = rows[target], rows[index]
    return _("“%(label)s” dipindah", label=label)


def row_at(rows: list[dict[str, Any]], index: int) -> dict[str, Any]:
    """A row, or Conflict when somebody has just removed it."""
    if not 0 <= index < len(rows):
        raise Conflict(_("Bagian ini sudah tidak ada. Orang lain mungkin baru menghapusnya."), slug="sudah-berubah")
    return rows[index]
