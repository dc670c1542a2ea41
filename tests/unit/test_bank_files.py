"""Bank files as offices get them: amounts, days, columns, marks; what can't be read is said, never guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.billing.bank.amounts import read_day, read_rupiah
from balai.billing.bank.matching import Clues, Lookup, Owed, clues, decide, likeness
from balai.billing.bank.statements import Layout, Line, read
from balai.db import new_id
from balai.errors import Invalid, TooLarge

BANK = Layout(day="Tanggal", credit="Kredit", words="Keterangan, Berita", reference="No Ref")
HEAD = "Tanggal;Keterangan;Berita;No Ref;Debit;Kredit;Saldo\r\n"


@pytest.mark.parametrize(
    ("text", "rupiah"),
    [
        ("1.234.567,00", 1_234_567), ("1,234,567.00", 1_234_567), ("1234567", 1_234_567), ("Rp 25.000", 25_000),
        ("Rp.25.000,00", 25_000), ("(10.000)", -10_000), ("10.000-", -10_000), ("10.000 DB", -10_000), ("5.000 CR", 5_000),
        ("1.234", 1_234), ("1,234", 1_234), ("0,00", 0), ("99.000,0000", 99_000), ("\u00a01 234 567", 1_234_567), ("+7", 7),
        ("IDR 12.000", 12_000), ("-5.000,00", -5_000),
    ],
)  # fmt: skip
def test_amounts_as_banks_write_them(text, rupiah):
    assert read_rupiah(text) == rupiah


@pytest.mark.parametrize(
    "text",
    [
        "1.234,5",
        "12.34",
        "1E+05",
        "1.23.456",
        "",
        "-",
        "x",
        "1,2,3",
        "½",
        "١٢٣",
        "12345678901234",
        "1.234.56",
        "--5",
        "0x10",
    ],
)
def test_what_is_no_whole_rupiah_is_refused(text):
    with pytest.raises(ValueError):
        read_rupiah(text)


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from([",", "."]), st.booleans())
def test_every_spelling_of_an_amount_is_read_back(rupiah, decimal, with_sen):
    thousands = "." if decimal == "," else ","
    text = f"{rupiah:,}".replace(",", thousands) + (f"{decimal}00" if with_sen else "")
    assert read_rupiah(text, decimal) == rupiah
    assert read_rupiah(text) == rupiah


@given(st.text(max_size=30))
def test_no_text_makes_the_readers_stumble(text):
    for reader in (read_rupiah, read_day):
        try:
            reader(text)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        "24/11/2026",
        "24-11-26",
        "2026-11-24",
        "24 Nov 2026",
        "24 Nopember 2026",
        "2026-11-24T10:00:00",
        "24/11/2026 10.05",
    ],
)
def test_days_as_banks_write_them(text):
    assert read_day(text) == date(2026, 11, 24)


@pytest.mark.parametrize("text", ["31/02/2026", "24/13/2026", "11/24", "24 Foo 2026", "", "2026"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):
        read_day(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_from_excel_with_a_preamble_and_a_footer(encoding):
    text = (
        "Rekening;123-456;;;;;\r\nPeriode;November 2026;;;;;\r\n" + HEAD +
        "24/11/2026;TRF MASUK – ANDRÉ;AIR-2026-000012;B1;;250.000,00;1.250.000,00\r\n"
        "24/11/2026;BIAYA ADM;;B2;5.000,00;;1.245.000,00\r\n"
        ";SALDO AKHIR;;;;;1.245.000,00\r\n"
    )  # fmt: skip
    found = read(text.encode(encoding), BANK)
    (line,) = found.lines
    assert (line.booked_on, line.rupiah, line.reference) == (date(2026, 11, 24), 250_000, "B1")
    assert "AIR-2026-000012" in line.words
    assert "ANDRÉ" in line.words
    assert (found.outgoing, found.faults) == (1, [])


def test_one_column_with_marks():
    layout = Layout(day="tgl", amount="mutasi", direction="d/k", words="uraian")
    text = "tgl,mutasi,d/k,uraian\n2026-11-24,100000,K,satu\n2026-11-24,50000,D,dua\n2026-11-25,-7,K,tiga\n"
    assert [(line.rupiah, line.words) for line in read(text.encode(), layout).lines] == [(100_000, "satu"), (7, "tiga")]


def test_what_cannot_be_read_is_named_and_the_rest_is_not_lost():
    text = HEAD + "24/11/2026;a;;;;1.234,5;\r\nbesok;b;;;;5.000;\r\n24/11/2026;c;;;;6.000;\r\n"
    found = read(text.encode(), BANK)
    assert [number for number, _why in found.faults] == [2, 3]
    assert [line.rupiah for line in found.lines] == [6_000]


def test_other_files_are_refused_in_words():
    with pytest.raises(Invalid):
        read(b"nama;alamat\nx;y\n", BANK)
    with pytest.raises(Invalid):
        read(HEAD.encode(), BANK)
    with pytest.raises(TooLarge):
        read(b"x" * 3_000_000, BANK)
    with pytest.raises(Invalid):
        read(b"\x00\x01\x02", BANK)


def test_equal_lines_are_told_apart_and_recognised_in_another_file():
    row = "24/11/2026;SETORAN;;;;5.000;{}\r\n"
    morning = read((HEAD + row.format("5.000")).encode(), BANK)
    evening = read((HEAD + row.format("5.000") + row.format("10.000")).encode(), BANK)
    known = {line.digest("x") for line in morning.lines}
    assert [line.digest("x") in known for line in evening.lines] == [True, False]
    assert morning.lines[0].digest("x") != morning.lines[0].digest("y")


MT940 = """:20:STMT
:25:1234567890
:28C:1/1
:60F:C261123IDR1000000,00
:61:2611241124C250000,00NTRFNONREF//B12345
:86:TRF DARI SITI AIR-2026-000012
:61:2611241124D5000,00NCHGNONREF//B12346
:86:ADMIN
:61:2611241124RC9000,00NTRFNONREF//B12347
:86:KOREKSI
:62F:C261124IDR1236000,00
"""


def test_mt940():
    found = read(MT940.encode(), Layout(kind="mt940"))
    (line,) = found.lines
    assert (line.booked_on, line.rupiah, line.reference) == (date(2026, 11, 24), 250_000, "B12345")
    assert "AIR-2026-000012" in line.words
    assert found.outgoing == 2


@pytest.mark.parametrize("name", ["/etc/passwd", __file__])
def test_the_name_of_a_file_is_not_opened(name):
    with pytest.raises(Invalid, match=r"^$|.*"):
        read(name.encode(), Layout(kind="mt940"))
    with pytest.raises(Invalid):
        read((name + "\n:20:x\n:61:y").encode(), Layout(kind="mt940"))


# --- matching ---


def line(words, rupiah=100, reference=""):
    return Line(1, date(2026, 11, 24), rupiah, words, reference)


@pytest.mark.parametrize(
    "words", ["bayar air-2026-000012", "AIR 2026 000012 siti", "AIR2026000012", "x/AIR/2026/000012."]
)
def test_numbers_are_found_however_the_bank_spells_them(words):
    assert clues(line(words)).numbers == {("AIR", 2026, 12)}


def test_digits_of_orders_are_whole_runs():
    assert clues(line("VA 98765123456789012 x 12345", reference="000000000001")).digits == {
        "98765123456789012",
        "000000000001",
    }


A, B = Owed(new_id(), 60, "open"), Owed(new_id(), 40, "open")
N1, N2 = ("AIR", 2026, 1), ("AIR", 2026, 2)


def known():
    return Lookup({N1: A, N2: B}, {"123456789012": (60, A)})


def test_one_reference_decides_whatever_the_amount():
    for rupiah in (10, 60, 999):
        assert decide(rupiah, Clues(frozenset({N1}), frozenset()), known()).parts == ((A.id, rupiah),)


def test_several_only_with_exactly_their_sum():
    both = Clues(frozenset({N1, N2}), frozenset())
    assert dict(decide(100, both, known()).parts) == {A.id: 60, B.id: 40}
    assert decide(99, both, known()).parts == ()


def test_an_orders_digits_count_with_its_amount_only():
    digits = Clues(frozenset(), frozenset({"123456789012"}))
    assert decide(60, digits, known()).parts == ((A.id, 60),)
    assert decide(61, digits, known()).parts == ()


@given(
    st.integers(1, 10**9), st.sets(st.sampled_from([N1, N2, ("X", 2026, 9)])),
    st.sets(st.sampled_from(["123456789012", "999999999999"])),
)  # fmt: skip
def test_a_line_is_placed_as_a_whole_or_not_at_all(rupiah, numbers, digits):
    match = decide(rupiah, Clues(frozenset(numbers), frozenset(digits)), known())
    assert sum(amount for _id, amount in match.parts) in {0, rupiah}
    assert all(amount > 0 for _id, amount in match.parts)
    assert bool(match.parts) == bool(match.why)


def test_names_only_suggest():
    assert likeness("Siti Aminah", "TRF DR SITI AMINAH 12") == 1
    assert likeness("Siti Aminah", "SITI R") == 0.5
    assert likeness("", "x") == 0
