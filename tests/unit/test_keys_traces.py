"""What is found in free text, and what isn't taken for a person's number."""

import pytest

from balai.keys import find_traces, mask_traces


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("NIK saya 3273014505890003 ya", "nik", "3273014505890003"),
        ("3273 0145 0589 0003", "nik", "3273014505890003"),
        ("3273.0145-0589.0003", "nik", "3273014505890003"),
        ("hubungi 0812-9876-5432.", "phone", "+6281298765432"),
        ("(0812) 9876 5432", "phone", "+6281298765432"),
        ("WA 81298765432", "phone", "+6281298765432"),
        ("+62 812 9876 5432", "phone", "+6281298765432"),
        ("62812.9876.5432", "phone", "+6281298765432"),
        ("kantor (022) 123-4567", "phone", "+62221234567"),
        ("telepon +81 90 1234 5678", "phone", "+819012345678"),
        ("surel Siti.A@Contoh.id, terima kasih", "email", "siti.a@contoh.id"),
    ],
)
def test_a_number_is_found_however_it_is_typed(text, kind, value):
    assert [(t.kind, t.value) for t in find_traces(text)] == [(kind, value)]
    masked = mask_traces(text)
    assert "*" in masked
    assert value not in masked
    assert not find_traces(masked)


@pytest.mark.parametrize(
    "text",
    [
        "Rp 1.250.000 pada 24-11-2026 14.05, RT 01/02 nomor 12",
        "meter 54321098765, IDPEL 532110098765, tiang 0812",
        "jam 08.30-15.00 di -6.91470, 107.60980",
        "kode 3273-7K2M9-QX4TB-H, surat 001/0212/2026",
        "",
    ],
)
def test_other_numbers_stay(text):
    assert find_traces(text) == []
    assert mask_traces(text) == text


def test_several_keep_their_places():
    text = "Siti 3273014505890003, HP 081298765432, surel s@x.id."
    assert [t.kind for t in find_traces(text)] == ["nik", "phone", "email"]
    assert mask_traces(text) == "Siti 3273********0003, HP +62812*****432, surel s***@x.id."
