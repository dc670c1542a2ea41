"""A tariff that was pasted or uploaded, CSV (a line per group and block), XLSX or YAML; every fault with its line and field."""

import itertools
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from balai.api import FieldError, Invalid, gettext, lazy_gettext
from balai_water import sheets
from balai_water.sheets import Column
from balai_water.tariffs.reading import (
    MOST_BLOCKS,
    MOST_CHARGE,
    MOST_GROUPS,
    MOST_RATE,
    MOST_USE,
    read_tariff,
    stored_rules,
)

MOST_BYTES: Final = 200_000
_CHARGES: Final = {"fixed": "beban", "upkeep": "pemeliharaan", "admin": "administrasi", "minimum_use": "minimum"}
COLUMNS: Final = (
    Column("golongan", lazy_gettext("Kode golongan"), "code", also=("kode", "kode golongan", "group"), most=20),
    Column("nama", lazy_gettext("Nama golongan"), required=False, also=("nama golongan", "uraian"), most=80),
    Column("dari", lazy_gettext("Dari m3"), "number", required=False, also=("from", "mulai"), greatest=MOST_USE),
    Column("sampai", lazy_gettext("Sampai m3"), "number", required=False, also=("upto", "hingga"), greatest=MOST_USE),
    Column("harga", lazy_gettext("Harga per m3"), "money", also=("rate", "tarif"), greatest=MOST_RATE),
    Column("beban", lazy_gettext("Beban tetap"), "money", required=False, also=("fixed", "abonemen"), greatest=MOST_CHARGE),
    Column("pemeliharaan", lazy_gettext("Pemeliharaan meter"), "money", required=False, also=("upkeep",), greatest=MOST_CHARGE),
    Column("administrasi", lazy_gettext("Administrasi"), "money", required=False, also=("admin",), greatest=MOST_CHARGE),
    Column("minimum", lazy_gettext("Pemakaian minimum"), "number", required=False, also=("minimum use",), greatest=MOST_USE),
)  # fmt: skip
_FIELDS: Final = {"key": "golongan", "label": "nama", "from": "dari", "upto": "sampai", "rate": "harga"} | _CHARGES
_LABELS: Final = {column.key: column.label for column in COLUMNS}
_LOOKS_LIKE_YAML: Final = re.compile(
    r"^\s*(\{|groups\s*:|rounding\s*:|late_fee\s*:|stamp_duty\s*:|decree\s*:|---)", re.MULTILINE
)
_STEP: Final = re.compile(r"[^/]+")


class Unreadable(Invalid):
    """422: what was brought is no tariff. told: each fault as a sentence with its line and field."""

    def __init__(self, told: list[str]) -> None:
        super().__init__([FieldError("isi", told[0])])
        self.told = told


def read_rules(data: bytes) -> dict[str, Any]:
    """Rules for `read_tariff`, sound; raises Unreadable (or Invalid, TooLarge where it is no table at all)."""
    if len(data) > MOST_BYTES:
        raise Unreadable(
            [gettext("Terlalu besar untuk sebuah tarif. Paling besar %(most)s KB.", most=MOST_BYTES // 1000)]
        )
    if not data.startswith(b"PK") and _LOOKS_LIKE_YAML.search(data[:2000].decode("utf-8", "replace")):
        return _from_yaml(data)
    return _from_table(data)


def _from_table(data: bytes) -> dict[str, Any]:
    reading = sheets.read(data, COLUMNS, max_rows=MOST_GROUPS * MOST_BLOCKS, name="isi")
    if reading.faults:
        raise Unreadable(reading.told())
    groups: dict[str, dict[str, Any]] = {}
    lines: dict[str, int] = {}
    told: list[str] = []
    for row in reading.rows:
        values, key = row.values, row.values["golongan"]
        at = f"groups/{list(groups).index(key) if key in groups else len(groups)}"
        group = groups.setdefault(key, {"key": key, "label": "", "blocks": []})
        lines.setdefault(at, row.line)
        lines[f"{at}/blocks/{len(group['blocks'])}"] = row.line
        group["blocks"].append({"from": values["dari"], "upto": values["sampai"], "rate": values["harga"]})
        group["label"] = group["label"] or values["nama"]
        told += _take_charges(group, values, row.line)
    for group in groups.values():
        group["label"] = group["label"] or group["key"]
        _counted_from_one(group["blocks"])
    if told:
        raise Unreadable(told)
    return _sound({"groups": list(groups.values()), "rounding": "down"}, lines, _FIELDS)


def _take_charges(group: dict[str, Any], values: Mapping[str, Any], line: int) -> list[str]:
    told = []
    for name, column in _CHARGES.items():
        value = values[column]
        if value is not None and group.setdefault(name, value) != value:
            text = gettext("%(value)s, padahal sebelumnya %(before)s.", value=value, before=group[name])
            told.append(
                gettext("Baris %(line)s, %(column)s: %(message)s", line=line, column=_LABELS[column], message=text)
            )
    return told


def _counted_from_one(blocks: list[dict[str, Any]]) -> None:
    """Decrees that write 0-10, 11-20, 21-30 mean whole cubic metres: brought to limits, if all blocks are written so."""
    pairs = list(itertools.pairwise(blocks))
    if blocks[0]["from"] in {None, 0, 1} and all(
        a["upto"] is not None and b["from"] == a["upto"] + 1 for a, b in pairs
    ):
        for block in blocks:
            block["from"] = None


def _sound(rules: dict[str, Any], lines: Mapping[str, int], words: Mapping[str, str]) -> dict[str, Any]:
    """The rules as they are stored; Unreadable with line and field of each fault."""
    try:
        return stored_rules(read_tariff("-", rules))
    except Invalid as invalid:
        raise Unreadable([_sentence(fault, lines, words) for fault in invalid.errors]) from invalid


def _sentence(fault: FieldError, lines: Mapping[str, int], words: Mapping[str, str]) -> str:
    steps = _STEP.findall(fault.field)
    line = next((lines["/".join(steps[:n])] for n in range(len(steps), 0, -1) if "/".join(steps[:n]) in lines), 1)
    name = steps[-1] if steps and not steps[-1].isdigit() else "groups"
    return gettext(
        "Baris %(line)s, %(column)s: %(message)s",
        line=line,
        column=_LABELS.get(words.get(name, ""), name),
        message=fault.message,
    )


def _from_yaml(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        # An alias may make one line into millions; a decree has none.
        if re.search(r"(^|[\s\[,{:-])[*&]\w", text):
            raise Unreadable([gettext("Berkas YAML ini memakai tanda * atau &. Tulis setiap golongan lengkap.")])
        rules = loader.construct_document(node) if node is not None else None
    except UnicodeDecodeError as error:
        raise Unreadable([gettext("Berkas ini bukan UTF-8. Simpan lagi sebagai UTF-8.")]) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        text = gettext("tidak bisa dibaca sebagai YAML. Periksa spasi di depan baris.")
        line = mark.line + 1 if mark else 1
        raise Unreadable([gettext("Baris %(line)s: %(message)s", line=line, message=text)]) from error
    if not isinstance(rules, Mapping):
        raise Unreadable([gettext("Isi paling sedikit satu golongan.")])
    lines: dict[str, int] = {}
    _note_lines(node, "", lines)
    kept = {name: rules[name] for name in ("groups", "rounding", "late_fee", "stamp_duty") if name in rules}
    return _sound(kept, lines, {})


def _note_lines(node: Any, at: str, lines: dict[str, int]) -> None:
    if at:
        lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _note_lines(value, f"{at}/{key.value}".lstrip("/"), lines)
            lines[f"{at}/{key.value}".lstrip("/")] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _note_lines(value, f"{at}/{number}".lstrip("/"), lines)


def example() -> str:
    """A table that shows how to write one, with figures of nobody."""
    return (
        "golongan;nama;dari;sampai;harga;beban;minimum\n"
        "RT-A;Rumah tangga A;0;10;1000;5000;10\nRT-A;;10;20;1500;;\nRT-A;;20;;2000;;\n"
    )
