"""Files of an export: written once, counted and hashed on the way."""

import base64
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from balai.files.tabular import write_csv


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file: path inside the export, bytes, SHA-256 in hex."""

    path: str
    size: int
    sha256: str

    def facts(self) -> dict[str, Any]:
        """As the manifest lists it."""
        return asdict(self)


class HashedFile:
    """A new file under a folder, readable for its owner only; `done` tells what was written."""

    def __init__(self, root: Path, name: str) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._name, self._size, self._digest = name, 0, hashlib.sha256()
        self._out = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._out.close()

    def write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._size += len(data)

    @property
    def done(self) -> Written:
        """What was written so far."""
        return Written(self._name, self._size, self._digest.hexdigest())


class TableWriter:
    """One table in both forms: JSON Lines keeps types and nesting, CSV opens in a spreadsheet."""

    def __init__(self, root: Path, name: str, columns: Sequence[str]) -> None:
        self._columns = columns
        self._lines = HashedFile(root, f"tables/{name}.jsonl")
        self._cells = HashedFile(root, f"tables/{name}.csv")
        self._cells.write("".join(write_csv(columns, ())).encode())
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.__exit__(kind, fault, trace)
        self._cells.__exit__(kind, fault, trace)

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a row: values by column, already decrypted or masked."""
        plain = {name: plain_value(row[name]) for name in self._columns}
        self._lines.write(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._cells.write(csv_line([_cell(value) for value in plain.values()]).encode())
        self.rows += 1

    @property
    def done(self) -> dict[str, Any]:
        """Both files, as the manifest lists them."""
        return {"jsonl": self._lines.done.facts(), "csv": self._cells.done.facts()}


def csv_line(cells: Sequence[Any]) -> str:
    """One neutralised CSV row with its line end."""
    return next(write_csv(cells, (), mark=False))


def plain_value(value: Any) -> Any:
    """A value of the database as JSON can hold it: times in UTC ISO 8601, decimals and ids as text, bytes as base64."""
    plain: Any
    match value:
        case None | bool() | int() | float() | str():
            plain = value
        case Mapping():
            plain = {str(key): plain_value(item) for key, item in value.items()}
        case list() | tuple():
            plain = [plain_value(item) for item in value]
        case datetime() | date() | time():
            plain = value.isoformat()
        case bytes() | memoryview():
            plain = base64.b64encode(bytes(value)).decode()
        case timedelta():
            plain = value.total_seconds()
        case _:  # UUID, Decimal, ranges
            plain = str(value)
    return plain


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
