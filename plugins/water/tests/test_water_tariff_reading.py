"""A tariff that comes as CSV, YAML or from the editor's table: the same rules, or every fault with its line and field."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balai_water.tariffs import forms, importing
from balai_water.tariffs.reading import read_tariff, stored_rules

CSV = """golongan;nama;dari;sampai;harga;beban;minimum
RT-A;Rumah tangga A;0;10;Rp1.100;11.500;10
RT-A;;10;20;1480;;
RT-A;;20;;2.000;;
S;Sosial;;;1050;;
"""
RULES = {
    "groups": [
        {"key": "RT-A", "label": "Rumah tangga A", "fixed": 11500, "minimum_use": 10,
         "blocks": [{"upto": 10, "rate": 1100}, {"upto": 20, "rate": 1480}, {"upto": None, "rate": 2000}]},
        {"key": "S", "label": "Sosial", "blocks": [{"upto": None, "rate": 1050}]},
    ],
}  # fmt: skip
HEAD = "groups:\n  - key: A\n    label: A\n    blocks:\n"
STORED = stored_rules(read_tariff("SK", RULES))


@pytest.mark.parametrize(
    "text",
    [
        CSV,
        CSV.replace(";", ","),
        CSV.replace(";", "\t"),
        "\ufeff" + CSV,
        # As decrees count: whole cubic metres.
        CSV.replace(";10;20;", ";11;20;").replace(";20;;2", ";21;;2"),
    ],
    ids=["semicolon", "comma", "pasted", "mark", "counted from one"],
)
def test_a_table_in_every_spelling_is_the_same_tariff(text):
    assert importing.read_rules(text.encode()) == STORED


def test_windows_1252_and_yaml():
    named = CSV.replace("Sosial", "Sosial é")
    assert importing.read_rules(named.encode("cp1252"))["groups"][1]["label"] == "Sosial é"
    text = """
groups:
  - {key: RT-A, label: Rumah tangga A, fixed: 11500, minimum_use: 10,
     blocks: [{upto: 10, rate: 1100}, {upto: 20, rate: 1480}, {rate: 2000}]}
  - {key: S, label: Sosial, blocks: [{rate: 1050}], unknown: 2026-01-01}
"""
    assert importing.read_rules(text.encode()) == STORED


@pytest.mark.parametrize(
    ("change", "line", "word"),
    [
        ((";10;20;", ";12;20;"), "Baris 3, Dari m3", "celah"),
        ((";10;20;", ";9;20;"), "Baris 3, Dari m3", "bertumpuk"),
        ((";10;20;1480", ";10;8;1480"), "Baris 3, Sampai m3", "lebih besar dari 10"),
        ((";20;;2.000", ";20;30;2.000"), "Baris 4, Sampai m3", "tanpa batas"),
        (("1480", "1.480,5"), "Baris 3", "bulat"),
        (("1480", ""), "Baris 3", "elum diisi"),
        (("11.500", "abc"), "Baris 2", "bukan angka"),
        (("1480;;", "1480;500;"), "Baris 3, Beban tetap", "11500"),
    ],
    ids=["gap", "overlap", "backwards", "no end", "broken number", "empty", "words", "two charges"],
)
def test_a_fault_in_a_table_is_told_with_line_and_field(change, line, word):
    with pytest.raises(importing.Unreadable) as refused:
        importing.read_rules(CSV.replace(*change).encode())
    assert refused.value.told[0].startswith(line)
    assert word in refused.value.told[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{HEAD}      - {{upto: 10, rate: 5}}\n      - {{from: 12, rate: 5}}\n", "Baris 6, from"),
        (f"{HEAD}      - {{rate: -5}}\n", "Baris 5, rate"),
        ("groups: [\n  {key: A\n", "Baris"),
        ("groups: &a [*a]\n", "Berkas YAML"),
        ("groups: nothing\n", "Baris 1, groups"),
        ("rounding: up\n", "Baris 1, groups"),
    ],
)  # fmt: skip
def test_a_fault_in_yaml_is_told_with_its_line(text, line):
    with pytest.raises(importing.Unreadable) as refused:
        importing.read_rules(text.encode())
    assert refused.value.told[0].startswith(line)


@st.composite
def rules(draw):
    groups = []
    for key in draw(st.lists(st.sampled_from("ABCDE"), unique=True, min_size=1, max_size=4)):
        bounds = sorted(draw(st.sets(st.integers(1, 60), max_size=4)))
        blocks = [{"upto": bound, "rate": draw(st.integers(0, 9000))} for bound in [*bounds, None]]
        groups.append({"key": key, "label": f"Golongan {key}", "blocks": blocks, "fixed": draw(st.integers(0, 9)) * 1000,
                       "minimum_use": draw(st.integers(0, 20))})  # fmt: skip
    late = draw(
        st.sampled_from([None, {"amount": 5000}, {"percent": 2, "grace_days": 3, "every": "once", "most_months": 6}])
    )
    duty = draw(st.sampled_from([None, {"above": 5_000_000, "amount": 10_000}]))
    made = {
        "groups": groups,
        "rounding": draw(st.sampled_from(["up", "down", "half_up"])),
        "late_fee": late,
        "stamp_duty": duty,
    }
    return stored_rules(read_tariff("SK", made))


@settings(max_examples=60)
@given(rules())
def test_the_editor_gives_back_what_it_shows(made):
    grid = forms.grid_of(made)
    reader = forms.Reader(grid.values | {"baris": str(grid.rows), "blok": str(grid.columns)})
    assert reader.faults == []
    again = read_tariff("SK", reader.rules)
    # Limits of other groups at which a group's price doesn't change are no blocks of its own.
    assert stored_rules(again) == made


def test_the_editor_names_the_cell_that_is_wrong():
    typed = {
        "baris": "3", "blok": "3", "batas-0": "20", "batas-1": "10", "g0-key": "A", "g0-label": "A", "g0-rate-0": "1.000",
        "g0-rate-1": "2000", "g0-rate-2": "x", "g2-key": "A", "g2-label": "", "g2-fixed": "1,5", "late-kind": "percent",
    }  # fmt: skip
    reader = forms.Reader(typed)
    from balai.errors import Invalid

    with pytest.raises(Invalid) as refused:
        read_tariff("SK", reader.rules)
    placed = [fault.field for fault in reader.placed(refused.value)]
    assert sorted(placed) == sorted(
        ["g0-rate-2", "g2-rate-0", "g2-fixed", "late-value", "batas-1", "g2-key", "g2-label"]
    )


def test_more_rows_and_blocks_have_an_end():
    assert forms.typed_grid({"baris": "60", "blok": "12", "langkah": "baris"}).rows == 60
    assert forms.typed_grid({"baris": "999999", "blok": "-1", "langkah": "blok"}).columns == 2
