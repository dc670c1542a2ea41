"""Every act that the core records has a name that people understand on the audit page."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "platform" / "balai"


def recorded() -> set[str]:
    found = set()
    for path in ROOT.rglob("*.py"):
        found |= set(re.findall(r'record\(\s*\w+,\s*"([a-z_]+\.[a-z_]+)"', path.read_text()))
    return found


def test_every_recorded_act_has_a_name_for_people():
    from balai.admin.deeds import DEEDS

    acts = recorded()
    assert len(acts) > 40
    assert sorted(acts - DEEDS.keys()) == []


def test_what_the_record_is_about_has_a_name_too():
    from balai.admin.deed_words import KINDS

    found = set()
    for path in ROOT.rglob("*.py"):
        found |= set(re.findall(r'subject_kind="([a-z_]+)"', path.read_text()))
    assert len(found) > 20
    assert sorted(found - KINDS.keys()) == []


def literal_details() -> set[str]:
    """Keys of the dicts that are written out in calls of `audit.record`."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for call in (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)):
            name = ast.unparse(call.func)
            given = next((k.value for k in call.keywords if k.arg == "data"), None)
            if name in {"audit.record", "record.record"} and isinstance(given, ast.Dict):
                found |= {k.value for k in given.keys if isinstance(k, ast.Constant)}
    return found


def test_every_detail_has_a_name_for_people():
    from balai.admin.deed_words import DETAILS

    assert sorted(literal_details() - DETAILS.keys()) == []
