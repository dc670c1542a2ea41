"""Whatever is typed on the drawing board, in whatever order: the drawing can still be shown, checked and written to a file."""

import uuid
from copy import deepcopy

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from balai.cases.documents import build, document_schema, dump
from balai.cases.drawing import checking, editing, flow_editing, naming, path, services
from balai.cases.drawing.flows import FLOWS
from balai.cases.drawing.models import Drawing
from balai.errors import Conflict, Invalid

WORDS = st.sampled_from(
    [
        "",
        "diajukan",
        "dipakai",
        "kembali",
        "ditanya",
        "tutup",
        "setujui",
        "isian",
        "keperluan",
        "Rapat\nTugas",
        "<script>",
        "é😀",
        "true",
        "x" * 300,
        "0",
        "3",
        "-1",
        "99999999999",
        "remind",
        "\x00\u202e",
    ]
)
CHOSEN = {
    "type": st.sampled_from([*editing.FIELD_TYPES, "hologram"]),
    "outcome": st.sampled_from(["", "done", "lapsed", "merged", "surga"]),
    "waits_for": st.sampled_from(["staff", "citizen", "other", ""]),
    "by": st.sampled_from(["staff", "citizen", "timer", "event:invoice_settled", "event:x"]),
    "from": st.lists(WORDS, max_size=3),
    "demands": st.lists(st.sampled_from(["answer", "reason", "isian", "entah"]), max_size=3),
    "do": st.sampled_from(["remind", "escalate", "tutup", "setujui"]),
    "arah": st.sampled_from(["naik", "turun", "hapus", ""]),
}
NAMES = (
    "label", "help", "options", "show_field", "show_values", "min", "max", "purpose", "basis", "retention_days", "slot",
    "slot_new", "sla_days", "to", "permission", "message", "effect", "start", "timer_state", "after_days", "title", "summary",
    "sector", "audience", "visibility", "documents", "fee_amount", "fee_per", "target_label", "target_people", "topic",
)  # fmt: skip
TYPED = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, WORDS) | CHOSEN)
ACTS = st.sampled_from(
    ["basics", "add", "change", "move", "state", "new state", "drop", "step", "new step", "timer", "start", "move step"]
)


def act(document, what, index, typed):
    flow = document["workflow"]
    way = typed.get("arah", "")
    return {
        "basics": lambda: editing.change_basics(document, typed),
        "add": lambda: editing.add_field(document, typed),
        "change": lambda: editing.change_field(document, index, typed),
        "move": lambda: editing.move_row(document["fields"], index, way),
        "state": lambda: flow_editing.put_state(document, index, typed),
        "new state": lambda: flow_editing.put_state(document, None, typed),
        "drop": lambda: flow_editing.drop_state(document, index),
        "step": lambda: flow_editing.put_step(document, index, typed),
        "new step": lambda: flow_editing.put_step(document, None, typed),
        "timer": lambda: flow_editing.put_timer(document, typed),
        "start": lambda: flow_editing.choose_start(document, typed),
        "move step": lambda: editing.move_row(flow["transitions"], index, way),
    }[what]()


def begun():
    return {
        "key": "uji", "version": 1, "titles": {"id": "Uji"}, "summary": {"id": "Uji"}, "sector": "administrasi", "topic": "uji",
        "fields": [], "workflow": deepcopy(FLOWS[2].workflow),
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(ACTS, st.integers(0, 7), TYPED), max_size=12))
def test_any_typing_in_any_order(acts):
    document = begun()
    for what, index, typed in acts:
        tried = deepcopy(document)
        try:
            assert act(tried, what, index, typed)
        except (Invalid, Conflict):
            continue
        document = tried
        drawing = Drawing(
            id=uuid.uuid4(), service_id="daerah.uji", kind="new", title="Uji", document=document, units={}
        )
        notes = checking.notes(drawing)
        assert all(note.url.startswith("/kelola/layanan/susun/") for note in notes)
        drawn = path.draw(document["workflow"])
        assert len(drawn.boxes) == len(document["workflow"]["states"])
        assert yaml.safe_load(services.as_yaml(drawing)) == document
        if not notes:
            assert dump(build("daerah", document))["workflow"]["start"]


def test_every_type_of_the_schema_is_offered():
    known = document_schema()["$defs"]["field"]["properties"]["type"]["enum"]
    assert known == list(editing.FIELD_TYPES)
    assert document_schema()["properties"]["fields"]["maxItems"] == editing.MOST_FIELDS


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Nomor HP", "nomor_hp"),
        ("", "isian"),
        ("123", "isian_123"),
        ("é", "isian"),
        ("x" * 300, "x" * 36),
        ("😀", "isian"),
    ],
)
def test_keys_from_labels(label, key):
    assert naming.key_of(label, ()) == key
    assert naming.key_of(label, {key}) == f"{key}_2"
