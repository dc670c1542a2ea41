"""Every act that the core records has a name that people understand on the audit page."""

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
