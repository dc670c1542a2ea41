"""The formats of encrypted values and of wrapped keys."""

import stat
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.keys import crypto
from balai.keys.crypto import CannotDecryptError
from balai.keys.kek import KekError, KekRing, wrapper_of

KEY = bytes(range(32))
HERE = crypto.place("citizen_profile", "phone", "0190")


@given(st.text())
def test_a_value_opens_only_where_it_was_sealed(value):
    sealed = crypto.seal_text(KEY, "k1", value, HERE)
    assert sealed.startswith("v1|k1|")
    assert value not in sealed or len(value) < 3
    assert crypto.open_text(KEY, sealed, HERE) == value
    for elsewhere in (
        ("citizen_profile", "phone", "0191"),
        ("citizen_profile", "name", "0190"),
        ("x", "phone", "0190"),
    ):
        with pytest.raises(CannotDecryptError):
            crypto.open_text(KEY, sealed, crypto.place(*elsewhere))


def test_the_same_value_never_looks_the_same_twice():
    assert len({crypto.seal_text(KEY, "k1", "rahasia", HERE) for _ in range(50)}) == 50


@given(st.text(max_size=60))
def test_damage_is_one_kind_of_fault(text):
    with pytest.raises(CannotDecryptError):
        crypto.open_text(KEY, text, HERE)
    with pytest.raises(CannotDecryptError):
        crypto.open_text(KEY, "v1|k1|" + text, HERE)


@given(st.integers(min_value=6, max_value=60), st.integers(min_value=0, max_value=5))
def test_a_flipped_character_is_noticed(position, shift):
    sealed = crypto.seal_text(KEY, "k1", "a value of a fair length", HERE)
    position = min(position, len(sealed) - 1)
    other = "ABCDEF"[shift]
    broken = sealed[:position] + other + sealed[position + 1 :]
    if crypto_bytes(broken) == crypto_bytes(sealed):
        return
    with pytest.raises(CannotDecryptError):
        crypto.open_text(KEY, broken, HERE)


def crypto_bytes(sealed):
    try:
        return [crypto.decode(part) for part in sealed.split("|")[2:]]
    except CannotDecryptError:
        return None


def test_an_index_depends_on_key_purpose_and_value():
    base = crypto.index_of(KEY, "nik", "1")
    assert base == crypto.index_of(KEY, "nik", "1")
    assert len(base) == 32
    others = {
        crypto.index_of(KEY[::-1], "nik", "1"),
        crypto.index_of(KEY, "phone", "1"),
        crypto.index_of(KEY, "nik", "2"),
        crypto.pseudonym_of(KEY, 2026, "1"),
        crypto.pseudonym_of(KEY, 2027, "1"),
    }
    assert base not in others
    assert len(others) == 5


def ring(*names):
    return KekRing({name: bytes([number]) * 32 for number, name in enumerate(names)})


def test_a_ring_wraps_with_its_last_key_and_opens_what_older_ones_wrapped():
    old = ring("a").wrap(KEY, b"t1")
    both = ring("a", "b")
    assert both.unwrap(old, b"t1") == KEY
    new = both.wrap(KEY, b"t1")
    assert wrapper_of(new) == "b"
    with pytest.raises(KekError, match="not in the key file"):
        ring("a").unwrap(new, b"t1")
    with pytest.raises(CannotDecryptError):
        both.unwrap(new, b"t2")
    with pytest.raises(CannotDecryptError):
        both.unwrap(new.replace("|b|", "|a|"), b"t1")
    with pytest.raises(KekError):
        both.unwrap("w9|b|xx", b"t1")
    assert "a, b" in repr(both)


def test_a_key_file_is_read_line_by_line():
    text = f"# renewed in 2026\n2025 {b64encode(KEY).decode()}\n\n2026 {b64encode(KEY[::-1]).decode()}\n"
    assert KekRing.parse(text).current == "2026"
    assert KekRing.parse(b64encode(KEY).decode()).current == "kek1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no key-encryption key"),
        ("not base64!", "base64"),
        (b64encode(b"short").decode(), "5 bytes"),
        ("a b c", "name base64"),
        ("na/me " + b64encode(KEY).decode(), "name base64"),
        ("one " + b64encode(KEY).decode() + "\none " + b64encode(KEY).decode(), "twice"),
        ("é" + b64encode(KEY).decode(), "base64"),
    ],
)
def test_a_broken_key_file_says_what_is_wrong(text, says):
    with pytest.raises(KekError, match=says):
        KekRing.parse(text)


def test_a_key_file_open_to_everybody_is_refused(tmp_path):
    path = tmp_path / "kek"
    with pytest.raises(KekError, match="can't read"):
        KekRing.load(path)
    path.write_text(b64encode(KEY).decode())
    path.chmod(0o644)
    with pytest.raises(KekError, match="chmod 600"):
        KekRing.load(path)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert KekRing.load(path).current == "kek1"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(KekError, match="can't read"):
        KekRing.load(path)
