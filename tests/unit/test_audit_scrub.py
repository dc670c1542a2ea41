"""What an audit entry may hold; who acts."""

from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from balai import audit
from balai.audit.scrub import HIDDEN, scrub


def test_secrets_and_personal_values_are_hidden_by_name():
    names = (
        "password",
        "kata_sandi",
        "client_secret",
        "access_token",
        "nik",
        "telepon",
        "email",
        "alamat",
        "api_key",
        "otp",
    )
    assert scrub(dict.fromkeys(names, "nilai")) == dict.fromkeys(names, HIDDEN)
    assert scrub({"dalam": [{"password": "x", "n": 1}]}) == {"dalam": [{"password": HIDDEN, "n": 1}]}


def test_and_by_shape():
    text = scrub({"catatan": "NIK 3402014408900001, siti@contoh.id, 0812-3456-7890, +62 812 3456 7890"})["catatan"]
    assert text == f"NIK {HIDDEN}, {HIDDEN}, {HIDDEN}, {HIDDEN}"


def test_ids_and_facts_stay():
    data = {
        "id": UUID(int=5), "at": datetime(2026, 1, 2, tzinfo=UTC), "day": date(2026, 1, 2), "roles": {"b", "a"},
        "count": 3, "share": 0.5, "on": True, "none": None, "code": "3273-4K7Q2-9XWZT-H", 7: "x",
    }  # fmt: skip
    assert scrub(data) == {
        "id": "00000000-0000-0000-0000-000000000005", "at": "2026-01-02T00:00:00+00:00", "day": "2026-01-02",
        "roles": ["a", "b"], "count": 3, "share": 0.5, "on": True, "none": None, "code": "3273-4K7Q2-9XWZT-H", "7": "x",
    }  # fmt: skip


def test_long_texts_are_cut_and_nul_is_dropped():
    assert scrub({"a": "x\x00y" * 400})["a"].endswith("…")
    assert len(scrub({"a": "xy" * 400})["a"]) == 500


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.text() | st.integers() | st.none(), lambda s: st.lists(s) | st.dictionaries(st.text(), s), max_leaves=5
        ),
    )
)
def test_scrubbing_twice_changes_nothing(data):
    assert scrub(scrub(data)) == scrub(data)


def test_the_actor_is_whoever_the_edge_says():
    assert audit.current_actor() == audit.SYSTEM
    with audit.acting_as("staff", "sub-1", ip="203.0.113.9"):
        assert audit.current_actor() == audit.Actor("staff", "sub-1", "203.0.113.9")
        with audit.acting_as("job", "seal"):
            assert audit.current_actor().kind == "job"
        assert audit.current_actor().name == "sub-1"
    audit.set_actor("cli", "root")
    assert audit.current_actor().kind == "cli"
    audit.clear_actor()
    assert audit.current_actor() == audit.SYSTEM
