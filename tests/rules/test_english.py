"""English is complete: every string of the core and of the shipped plugins, none fuzzy, with the places of the original."""

from pathlib import Path

import pytest

from balai.web import extraction

PACKAGES = extraction.packages()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_nothing_is_missing_in_english(package: Path) -> None:
    """What is missing after new strings: `make words`, then translate what stands empty in the .po that it names."""
    path = extraction.catalogue_folder(package) / "en" / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        strings = [message.id for message in extraction.collect(package) if message.id]
        assert strings == [], f"no English catalogue: {path}"
        return
    assert extraction.holes(package, "en", path) == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_a_count_has_one_form_in_indonesian(package: Path) -> None:
    """So a region's catalogue needs no more than one, and the template can be made of what is compiled."""
    odd = [m.id for m in extraction.collect(package) if not isinstance(m.id, str) and m.id[0] != m.id[1]]
    assert odd == []


def test_the_check_finds_what_it_should(tmp_path: Path) -> None:
    path = tmp_path / "messages.po"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Satu"\nmsgstr ""\n\n#, fuzzy\nmsgid "Dua"\n'
        'msgstr "Two"\n\n#, python-format\nmsgid "%(n)s hari"\nmsgstr "%(m)s days"\n\nmsgid "Tiga"\nmsgstr "<b>Three</b>"\n\n'
        'msgid "Empat"\nmsgstr "Four"\n',
        encoding="utf-8",
    )
    found = {message.id: extraction.faults(message) for message in extraction.read(path, "en") if message.id}
    assert found["Satu"] == ["not translated"]
    assert found["Dua"] == ["fuzzy"]
    assert found["%(n)s hari"] == ["places differ: '%(m)s days'"]
    assert found["Tiga"] == ["holds HTML"]
    assert found["Empat"] == []
