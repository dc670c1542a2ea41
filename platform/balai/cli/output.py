"""How commands speak: plain lines for people, one JSON document for machines (`--json`), and honest exit codes.

Exit codes: 0 done; 1 done but something needs attention (doctor, verify); 2 wrong usage; 3 a part that Balai leans on can't be
reached; 4 refused (already taken, not allowed, nothing changed).
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

ATTENTION, UNREACHABLE, REFUSED = 1, 3, 4
_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


def json_mode() -> bool:
    """Whether `--json` was given."""
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().obj and context.find_root().obj.get("json"))


def say(text: str) -> None:
    """A line for people; nothing in JSON mode."""
    if not json_mode():
        _out.print(text, markup=False)


def answer(data: Any, text: str = "") -> None:
    """The command's result: `data` in JSON mode, else `text` (or nothing)."""
    if json_mode():
        sys.stdout.write(json.dumps(_plain(data), ensure_ascii=False, default=str) + "\n")
    elif text:
        _out.print(text, markup=False)


def table(rows: list[dict[str, Any]], columns: dict[str, str], empty: str) -> None:
    """Rows as a table (key -> heading), as a JSON list, or the sentence `empty`."""
    if json_mode():
        answer(rows)
        return
    if not rows:
        say(empty)
        return
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*("" if row.get(key) is None else str(row[key]) for key in columns))
    _out.print(drawn)


def fail(message: str, code: int = ATTENTION) -> NoReturn:
    """Say why on stderr and leave with `code`."""
    if json_mode():
        sys.stdout.write(json.dumps({"failed": message}, ensure_ascii=False) + "\n")
    _err.print(message, markup=False, style="red")
    sys.exit(code)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on stderr; the block calls `advance(n=1)`. Silent in JSON mode and where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, disable=json_mode() or not _err.is_terminal, transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda n=1, total=None: bar.update(task, advance=n, total=total)


def _plain(data: Any) -> Any:
    if is_dataclass(data) and not isinstance(data, type):
        return asdict(data)
    if isinstance(data, list | tuple):
        return [_plain(item) for item in data]
    return data
