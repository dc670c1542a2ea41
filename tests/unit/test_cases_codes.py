"""Case codes: typed any way they are found, mistyped they are noticed."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.cases.codes import ALPHABET, CodeError, check_character, new_code, parse_code, region_digits

bodies = st.text("0123456789", min_size=4, max_size=4).flatmap(
    lambda digits: st.text(ALPHABET, min_size=10, max_size=10).map(lambda rest: digits + rest)
)


def test_codes_look_as_agreed():
    code = new_code("32.73")
    assert code.startswith("3273-")
    assert [len(part) for part in code.split("-")] == [4, 5, 5, 1]
    assert not set(code) & set("ILOU")
    assert (region_digits("32"), region_digits("11.10")) == ("3200", "1110")
    assert len({new_code("32") for _ in range(500)}) == 500


@given(bodies, st.data())
def test_a_code_is_understood_however_it_is_typed(body, data):
    code = parse_code(body + check_character(body))
    typed = "".join(
        data.draw(st.sampled_from({"0": "0oO", "1": "1iIlL"}.get(c, c.lower() + c))) for c in code.replace("-", "")
    )
    spaced = data.draw(
        st.sampled_from([typed, f" {typed[:4]} {typed[4:9]} {typed[9:]} ", "-".join(typed), code.lower()])
    )
    assert parse_code(spaced) == code


@given(bodies, st.integers(0, 14), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(body, position, other):
    code = body + check_character(body)
    if code[position] == other:
        return
    with pytest.raises(CodeError):
        parse_code(code[:position] + other + code[position + 1 :])


@given(bodies)
def test_two_swapped_characters_are_noticed(body):
    code = body + check_character(body)
    for i, j in itertools.combinations(range(4, 15), 2):
        if code[i] != code[j]:
            swapped = list(code)
            swapped[i], swapped[j] = code[j], code[i]
            with pytest.raises(CodeError):
                parse_code("".join(swapped))


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_refused(text):
    with contextlib.suppress(CodeError):
        assert parse_code(parse_code(text)) == parse_code(text)
