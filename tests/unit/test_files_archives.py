"""Zip and XML from outside."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.errors import Invalid, TooLarge
from balai.files.archives import entries, is_safe_name, open_archive, parse_xml, read_entry


def zipped(*named, packing=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, body in named:
            archive.writestr(name, body)
    return out.getvalue()


def test_a_plain_archive_is_read():
    archive = open_archive(zipped(("data/satu.csv", b"a;b"), ("data/", b"")))
    assert list(entries(archive)) == ["data/satu.csv"]
    assert read_entry(archive, "data/satu.csv") == b"a;b"
    with pytest.raises(Invalid):
        read_entry(archive, "data/dua.csv")
    with pytest.raises(TooLarge):
        read_entry(archive, "data/satu.csv", limit=2)


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/etc/passwd", "C:/x", "a\\..\\b", "", "a\nb", "..", "\\\\host\\x"]
)
def test_names_that_lead_outside_are_refused(name):
    assert not is_safe_name(name)
    if name:
        with pytest.raises(Invalid):
            open_archive(zipped((name, b"x")))


def test_bombs_links_twins_and_locks_are_refused():
    with pytest.raises(Invalid):
        open_archive(zipped(("bom.txt", bytes(5 * 1024 * 1024))))
    with pytest.raises(TooLarge):
        open_archive(zipped(*((f"{n}", b"") for n in range(1001))))
    with pytest.raises(TooLarge):
        open_archive(zipped(*((f"{n}", bytes(60 * 1024 * 1024)) for n in range(2))))
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with pytest.raises(Invalid):
        open_archive(zipped((link, b"/etc/passwd")))
    with pytest.warns(UserWarning, match="Duplicate"):
        twins = zipped(("a", b"1"), ("a", b"2"))
    with pytest.raises(Invalid):
        open_archive(twins)
    locked = bytearray(zipped(("a", b"1")))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Invalid):
        open_archive(bytes(locked))
    with pytest.raises(TooLarge):
        open_archive(bytes(11 * 1024 * 1024))


def test_an_entry_that_is_longer_than_it_says_is_refused():
    data = bytearray(zipped(("a", b"x" * 1000), packing=zipfile.ZIP_STORED))
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = (10).to_bytes(4, "little")  # the size that the directory declares
    with pytest.raises((Invalid, TooLarge)):
        read_entry(open_archive(bytes(data)), "a")


SAMPLE = zipped(("a.txt", b"halo" * 50), ("b/c.xml", b"<x/>"))


@given(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=4), st.integers(0, len(SAMPLE)))
def test_corrupted_archives_are_read_or_refused(at, new, cut):
    broken = (SAMPLE[:at] + new + SAMPLE[at + len(new) :])[: max(cut, 30)]
    with suppress(Invalid, TooLarge):
        archive = open_archive(broken)
        for name in entries(archive):
            read_entry(archive, name)


def test_xml_without_dtd_is_parsed():
    root = parse_xml(b'<?xml version="1.0"?><a xmlns="urn:x"><b id="1">teks</b></a>')
    assert root[0].tag == "{urn:x}b"
    assert (root[0].get("id"), root[0].text) == ("1", "teks")


@pytest.mark.parametrize(
    "evil",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 200 + b"</a>" * 200,
        b"<a>",
        b"",
        b"<a>&nope;</a>",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b"\xff\xfe<a/>",
    ],
)
def test_xml_that_could_harm_is_refused(evil):
    with pytest.raises(Invalid):
        parse_xml(evil)


def test_xml_has_a_size_limit():
    with pytest.raises(TooLarge):
        parse_xml(b"<a>" + b" " * 200 + b"</a>", limit=100)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_xml_reader(data):
    with suppress(Invalid):
        parse_xml(data)
