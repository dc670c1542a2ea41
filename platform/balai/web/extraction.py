"""`make words`: collects every string for people from code, templates and service documents into the catalogues.

One catalogue for the core, one per plugin. The files hold no line numbers, so that only changed words make a change. What is new
stands empty until somebody translates it; a test refuses an English catalogue with holes.

python -m balai.web.extraction            updates platform/balai/web/translations/* and plugins/*/balai_*/translations/*
python -m balai.web.extraction --check    says what is missing and ends with 1
"""

import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parents[3]
# Name -> which arguments are texts. Labels of roles and permissions are translated where they are shown.
KEYWORDS: Final[dict[str, Any]] = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "Role": (2,), "Permission": (2,),
}  # fmt: skip
METHODS: Final = [
    ("**/templates/**.html", "jinja2"), ("**/topics.yaml", "balai.web.extraction:of_topics"),
    ("**/documents/*.yaml", "balai.web.extraction:of_document"), ("**/services/*.yaml", "balai.web.extraction:of_document"),
    ("**.py", "python"),
]  # fmt: skip
OPTIONS: Final[dict[str, dict[str, Any]]] = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
_PLACE: Final = re.compile(r"%(?:\((\w+)\))?[sd]")


def packages(root: Path = ROOT) -> list[Path]:
    """Packages that have a catalogue of their own: the core, then each plugin."""
    return [root / "platform" / "balai", *sorted(root.glob("plugins/*/balai_*"))]


def catalogue_folder(package: Path) -> Path:
    """Where a package keeps its catalogues."""
    return (package / "web" if package.name == "balai" else package) / "translations"


def of_document(
    file: Any,
    keywords: Any,  # noqa: ARG001 - Babel's signature
    comment_tags: Any,  # noqa: ARG001
    options: Any,  # noqa: ARG001
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Texts of a service document that have no translation of their own in it, for Babel."""
    import yaml

    document = yaml.safe_load(file.read())
    if isinstance(document, dict) and "workflow" in document:
        yield from ((0, "gettext", text, []) for text in dict.fromkeys(_texts(document)) if text)


def of_topics(
    file: Any,
    keywords: Any,  # noqa: ARG001 - Babel's signature
    comment_tags: Any,  # noqa: ARG001
    options: Any,  # noqa: ARG001
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Names of topics (evidence/needs/topics.yaml), for Babel."""
    import yaml

    yield from ((0, "gettext", topic["label"], []) for topic in yaml.safe_load(file.read()).values())


def _texts(document: dict[str, Any]) -> Iterator[str]:
    for name in ("titles", "summary"):
        if "en" not in document[name]:
            yield document[name]["id"]
    for field in document.get("fields", ()):
        yield from (field["label"], field.get("help", ""), *(o["label"] for o in field.get("options", ())))
        why = field.get("personal") or {}
        yield from (why.get("purpose", ""), why.get("basis", ""))
    yield from document.get("documents", ())
    yield (document.get("target_group") or {}).get("label", "")
    yield (document.get("fee") or {}).get("per", "")
    yield from (part["label"] for kind in ("states", "transitions") for part in document["workflow"][kind])


def collect(package: Path) -> Catalog:
    """Every string of a package."""
    found = Catalog(project="Balai", charset="utf-8", fuzzy=False)
    rows = extract_from_dir(package, METHODS, OPTIONS, KEYWORDS, (), strip_comment_tags=True)
    for filename, _line, message, _comments, context in sorted(rows, key=lambda row: (str(row[2]), row[0])):
        found.add(message, None, [(filename, 0)], context=context)
    return found


def shipped(package: Path) -> Iterator[tuple[str, Path]]:
    """(language, file) of each catalogue of a package."""
    for path in sorted(catalogue_folder(package).glob("*/LC_MESSAGES/messages.po")):
        yield path.parts[-3], path


def read(path: Path, code: str) -> Catalog:
    """A catalogue as it stands."""
    with path.open("rb") as file:
        return read_po(file, locale=code)


def update(package: Path, code: str, path: Path) -> Catalog:
    """Bring one catalogue up to the package's strings: translations stay, new ones are empty, gone ones go."""
    known, wanted = read(path, code), collect(package)
    fresh = Catalog(locale=code, project="Balai", charset="utf-8", fuzzy=False)
    for message in wanted:
        if not message.id:
            continue
        there = known.get(message.id)
        # A string that gained a plural form keeps nothing: its old text fits one of the two only.
        same = there is not None and isinstance(there.id, str) == isinstance(message.id, str) and not there.fuzzy
        fresh.add(message.id, there.string if there is not None and same else None, message.locations)
    _write(path, fresh)
    return fresh


def _write(path: Path, catalogue: Catalog) -> None:
    out = BytesIO()
    write_po(out, catalogue, width=120, sort_output=True, include_lineno=False, omit_header=True)
    head = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Language: {catalogue.locale}\\n"\n"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head.encode() + out.getvalue())


def faults(message: Message) -> list[str]:
    """What keeps a translation from being shown: empty, marked fuzzy, other places than the source, HTML."""
    texts = [message.string] if isinstance(message.string, str) else [*(message.string or ("",))]
    sources = [message.id] if isinstance(message.id, str) else [*message.id]
    found = ["not translated"] if not all(texts) else []
    if message.fuzzy:
        found.append("fuzzy")
    wanted = places(sources[-1])
    found += [f"places differ: {text!r}" for text in texts if text and places(text) != wanted]
    if any("<" in text for text in texts) and not any("<" in source for source in sources):
        found.append("holds HTML")
    return found


def places(text: str) -> list[str]:
    """Names of the places in a string, in alphabetical order."""
    return sorted(match[0] for match in _PLACE.finditer(text.replace("%%", "")))


def holes(package: Path, code: str, path: Path) -> list[str]:
    """What a catalogue lacks against its package's strings as they are now."""
    known = read(path, code)
    found = []
    for message in collect(package):
        if not message.id:
            continue
        there = known.get(message.id)
        if there is None:
            found.append(f"{message.id!r}: not in the catalogue (make words)")
        else:
            found += [f"{message.id!r}: {fault}" for fault in faults(there)]
    return found


def main(arguments: Iterable[str]) -> int:
    """Update or check every catalogue."""
    check = "--check" in arguments
    missing = 0
    for package in packages():
        for code, path in shipped(package):
            if not check:
                update(package, code, path)
            lacking = holes(package, code, path)
            missing += len(lacking)
            print(f"{path.relative_to(ROOT)}: {len(lacking)} to do")  # noqa: T201 - a command
            if check:
                print("\n".join(f"  {line}" for line in lacking))  # noqa: T201 - a command
    return 1 if check and missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
