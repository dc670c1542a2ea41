"""docs/service-documents.md: its example is sound, and it names what there is."""

import re
from pathlib import Path
from typing import get_args

from balai.cases import documents
from balai.contracts.service import FieldType

TEXT = (Path(__file__).parents[2] / "docs/service-documents.md").read_text("utf-8")


def test_the_example_is_a_service():
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    service = documents.parse(example, owner="contoh")
    assert service.id == "contoh.kendaraan"
    assert service.slots == ("pengelola",)


def test_every_type_demand_and_message_is_named():
    words = set(re.findall(r"[a-z_]+", TEXT))
    assert set(get_args(FieldType)) <= words
    assert words >= documents.STEP_DEMANDS
    assert words >= documents.MESSAGES
