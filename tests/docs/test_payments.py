"""docs/payments.md: its adapter runs, its addresses are there, its findings are all that there are."""

import re
from pathlib import Path

from balai.billing.payments.console import KINDS
from balai.billing.payments.models import FINDINGS
from balai.clock import now
from balai.contracts import PaymentAccount, PaymentOrder, PaymentProvider

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "payments.md").read_text(encoding="utf-8")


def test_the_adapter_of_the_page_runs():
    (source,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    known: dict[str, object] = {}
    exec(compile(source, "docs/payments.md", "exec"), known)  # noqa: S102 - our own page
    (made,) = known["register_payment_providers"]()
    assert isinstance(made, PaymentProvider)
    called = []
    account = PaymentAccount({"url": "https://contoh.id"}, now(), lambda *given: called.append(given))
    offer = made.create(account, PaymentOrder("123456789012", 1000, "va", "Tagihan", now()))
    assert offer.number
    assert called[0][1] == "https://contoh.id"


def test_its_addresses_are_there(app):
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    named = set(re.findall(r"`(/kelola/[a-z/]+)`", TEXT))
    assert len(named) >= 4
    assert named <= rules


def test_its_findings_are_all_that_there_are():
    rows = set(re.findall(r"^\| ([a-z_]+) \|", TEXT, re.MULTILINE)) - {"finding"}
    assert rows == set(FINDINGS) == set(KINDS)
