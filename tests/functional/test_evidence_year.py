"""What rare, small and unused services get, what the demo's apps could save, what messages cost."""

from datetime import UTC, datetime

from sqlalchemy import func, select, text

from balai import clock, keys
from balai.admin.demo.proof import given
from balai.cases import Case
from balai.evidence.models import KnownApp
from balai.evidence.sheets import SHEETS, load_csv
from balai.evidence.verdicts import services
from balai.places.models import PlaceCount
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.evidence import rolled_up

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PEOPLE = 40_000


def test_a_rare_emergency_service_is_useful_by_its_drills_and_a_small_new_one_too_early(
    make_app, workshop, regions, settings
):
    workshop.add("siaga", READY, files={"services/darurat.yaml": SERVICE.format(key="darurat", kind="readiness")})
    workshop.add("kecil", SMALL, files={"services/kecil.yaml": SERVICE.format(key="kecil", kind="service")})
    app = make_app(port=8123)
    tenant = regions(plugins=("siaga", "kecil"))
    with app.app_context(), clock.frozen(NOW), tenant_scope(tenant) as session:
        from balai.evidence.facts import metrics, roll_up

        session.add(PlaceCount(code=tenant.region_code, subject="penduduk", year=2025, size=PEOPLE, source="uji"))
        session.flush()
        roll_up(session)
        assert metrics.collect(session, tenant) > 0
        rows = {r.subject: r for r in services.judge_all(session)}
        assert (rows["siaga.darurat"].verdict, rows["siaga.darurat"].figures["asked"]) == ("useful", 0)
        assert rows["siaga.darurat"].figures["drills"] > 0
        assert rows["kecil.kecil"].verdict == "early"
        kept = session.execute(
            text("SELECT metric, count(*) FROM metric_value WHERE tenant_id = :t GROUP BY 1"), {"t": tenant.id}
        )
        assert {row[0] for row in kept} == {"latihan", "sampai"}  # what was not sound was left out


def test_the_demo_lists_twelve_apps_of_which_three_do_the_same_and_says_what_could_be_saved(
    session, tenant, office, client
):
    import csv
    import io

    apps = given()["apps"]
    assert len(apps) == 12
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [c.key for c in SHEETS["aplikasi"].columns], restval="")
    writer.writeheader()
    writer.writerows({**row, "tahun": 2026} for row in apps)
    with clock.frozen(NOW):
        session.add(PlaceCount(code=tenant.region_code, subject="penduduk", year=2025, size=1_000_000, source="uji"))
        session.flush()
        load_csv(session, SHEETS["aplikasi"], out.getvalue().encode(), by=None, example=True)
        rolled_up(session)
        rows = services.judge_all(session)
        session.commit()
    same = {r.title for r in rows if r.figures["overlaps"]}
    assert same == {"Lapor Kita", "Usul Kita", "Tanya Informasi"}
    rarely = {a["nama"] for a in apps if "pengguna_per_bulan" in a and int(a["pengguna_per_bulan"]) < 450}
    money = {a["nama"]: int(a["biaya_per_tahun"]) for a in apps}
    mine = sum(money[name] for name in same | rarely)
    act_as(client, tenant, "leader")
    page = client.get("/kelola/manfaat").get_data(as_text=True).replace("\xa0", "")
    assert f"Rp{mine:,}".replace(",", ".") in page
    assert session.scalar(select(func.count()).select_from(KnownApp).where(KnownApp.example)) == 12
    assert session.scalar(select(func.count()).select_from(Case)) == 0


SERVICE = """
key: {key}
version: 1
titles: {{id: Layanan {key}}}
summary: {{id: Layanan untuk percobaan.}}
sector: bencana
topic: {key}
kind: {kind}
visibility: private
anonymous: false
competence: [kabkota]
legal_basis: uji
fee: null
target_group: {{label: warga, metric: population}}
reopen_days: 0
fields:
  - {{key: isi, type: text, label: Apa, required: true}}
documents: []
workflow:
  start: masuk
  states:
    - {{key: masuk, label: Masuk, slot: penerima, sla_days: 2}}
    - {{key: selesai, label: Selesai, outcome: done}}
  transitions:
    - {{key: selesaikan, from: masuk, to: selesai, label: Selesai}}
  timers: []
"""
SMALL = """
from importlib.resources import files
from balai.api import load_services

@hookimpl
def register_services():
    return load_services(files(__package__).joinpath("services"), owner="kecil")
"""
READY = """
from decimal import Decimal
from importlib.resources import files
from balai.api import Metric, MetricValue, load_services

@hookimpl
def register_services():
    return load_services(files(__package__).joinpath("services"), owner="siaga")

@hookimpl
def register_metrics():
    return [
        Metric("latihan", "counter", "kali", "Latihan yang dilakukan.", "up", readiness=True),
        Metric("sampai", "ratio", "%", "Peringatan yang sampai.", "up", readiness=True),
    ]

@hookimpl
def collect_metric_values(month):
    return [
        MetricValue("latihan", month, "catatan latihan", value=Decimal(1)),
        MetricValue("sampai", month, "catatan kirim", numerator=Decimal(95), denominator=Decimal(100)),
        MetricValue("latihan", month, "", district="99.99.99", value=Decimal(5)),
        MetricValue("lain", month, "tidak dinyatakan", value=Decimal(5)),
        MetricValue("sampai", month, "rusak", numerator=Decimal("NaN"), denominator=Decimal(100)),
    ]
"""


def test_messages_that_left_are_counted_as_cost_and_the_parts_add_up(session, tenant, office, file_complaint):
    from balai.evidence import settings as evidence_settings
    from balai.evidence.models import ServiceCost
    from balai.notify.models import Message

    with clock.frozen(NOW):
        evidence_settings.save(session, falls_short="10", ministry=False, message_price="450", by=None)
        session.add(ServiceCost(subject="feedback", year=2026, kind="licence", amount=1_000_001, document="uji"))
        case = file_complaint().case
        session.flush()
        for channel, state in (("sms", "sent"), ("whatsapp", "sent"), ("email", "sent"), ("sms", "undelivered")):
            message = Message(
                channel=channel, template="cases.received", about_kind="case", about_id=case.id, state=state, sent_at=clock.now()
            )  # fmt: skip
            for part in (
                "subject",
                "body",
            ):  # as the outbox keeps them: another test searches every table for plain text
                keys.seal(session, message, part, "x")
            session.add(message)
        rolled_up(session)
        rows = services.judge_all(session)
    costs = {r.subject: r.figures["cost"] for r in rows if r.subject.startswith("feedback.")}
    assert sum(costs.values()) == 1_000_001 + 2 * 450
