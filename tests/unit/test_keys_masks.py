"""Masks, normal forms and the check on a NIK."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.keys.masks import MASKS, mask, mask_email, mask_name, mask_nik, mask_phone
from balai.keys.normalise import NORMALISERS, nik_fault, normalise, normalise_email, normalise_nik, normalise_phone


def test_masks_show_what_helps_to_recognise_ones_own():
    assert mask_nik("3402014408900001") == "3402********0001"
    assert mask_phone("+6281234567890") == "+62812*****890"
    assert mask_email("siti@contoh.id") == "s***@contoh.id"
    assert mask_name("Siti  Aminah") == "S*** A***"
    assert mask("text", "penyakit jantung") == "[disamarkan]"
    assert mask("no such kind", "x") == "[disamarkan]"


@given(st.sampled_from(sorted(MASKS)), st.text(max_size=40))
def test_no_mask_raises_and_none_shows_a_long_value_whole(kind, value):
    masked = mask(kind, value)
    if len(value.strip()) > 3 and "*" not in value:
        assert masked != value


@pytest.mark.parametrize(
    "typed",
    [
        "0812-3456-7890",
        "62 812 3456 7890",
        "+62 812 3456 7890",
        "+62 (0) 812 3456.7890",
        "0062812 34567890",
        "81234567890",
        "６２８１２３４５６７８９０",
        "+620812 3456 7890",
    ],
)
def test_one_phone_has_one_spelling(typed):
    assert normalise_phone(typed) == "+6281234567890"


def test_foreign_and_fixed_lines_stay_what_they_are():
    assert normalise_phone("+65 6123 4567") == "+6561234567"
    assert normalise_phone("(0274) 367-509") == "+62274367509"


@pytest.mark.parametrize("typed", ["", "112", "telepon", "0812", "+0812345678", "0812345678901234567", "08123 ext 4"])
def test_what_is_no_phone_is_refused(typed):
    with pytest.raises(ValueError):
        normalise_phone(typed)


def test_nik_and_email_are_spelled_once():
    assert normalise_nik("3402 0144.0890-0001") == "3402014408900001"
    assert normalise_email("  Siti@Contoh.ID ") == "siti@contoh.id"
    for bad in ("siti", "a@b", "a b@c.id", "a@@c.id", "@c.id", "a@.id"):
        with pytest.raises(ValueError):
            normalise_email(bad)


@given(st.sampled_from(sorted(NORMALISERS)), st.text(max_size=30))
def test_normal_forms_are_stable(purpose, value):
    try:
        once = normalise(purpose, value)
    except ValueError:
        return
    assert normalise(purpose, once) == once


@pytest.mark.parametrize(
    ("nik", "fault"),
    [
        ("3402014408900001", None),  # a woman, 4 August
        ("3402010408900001", None),
        ("9999012902000001", None),  # 29 February 2000, a region that no list has
        ("3402012902010001", "date"),
        ("3402013106900001", "date"),
        ("3402017206900001", "date"),
        ("3402010013900001", "date"),
        ("3402010413900001", "date"),
        ("3402010408900000", "serial"),
        ("340201040890001", "length"),
        ("34020104089000a1", "length"),
    ],
)
def test_only_what_is_certain_is_a_fault_of_a_nik(nik, fault):
    assert nik_fault(nik) == fault
