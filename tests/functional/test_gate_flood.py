"""One hostile sender can't fill the inbox of a small office, and nothing that anybody sends is lost."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from balai import cases, clock
from balai.cases import Case, Filters
from balai.cases.gate import likeness, services, tasks
from balai.clock import now
from balai.errors import Forbidden, Invalid
from balai.notify.models import Message
from balai.tenancy import tenant_scope
from balai.testing.acting import bearer_for
from balai.testing.pages import form_token

FORM = "/layanan/feedback/pengaduan"
_SYLLABLES = (
    "ba",
    "ci",
    "du",
    "fe",
    "gi",
    "ho",
    "ja",
    "ku",
    "la",
    "me",
    "ni",
    "po",
    "ra",
    "su",
    "ta",
    "we",
    "yo",
    "za",
)
HONEST = "Jembatan desa roboh tadi pagi, anak sekolah tidak bisa lewat."


def words(number, many=8):
    """Sentences that have nothing in common."""
    found = []
    for _n in range(many):
        number = (number * 6364136223846793005 + 1442695040888963407) % 2**64
        found.append("".join(_SYLLABLES[(number >> shift) % len(_SYLLABLES)] for shift in (20, 28, 36)))
    return " ".join(found)


def report(tenant, text, **more):
    return {
        "bidang": "lampu", "uraian": text, "region": f"{tenant.region_code}.01.2001", "landmark": "depan balai desa",
        "visibility": "public", "anonymity": "named", "client_id": str(uuid.uuid4()), **more,
    }  # fmt: skip


class Phone:
    """A browser with its own cookie (made once), at any address."""

    def __init__(self, client):
        self.client = client
        self.token = form_token(client)
        self.host = f"http://{client.environ_base['HTTP_HOST']}"

    def send(self, data, address="10.0.0.1"):
        return self.client.post(
            FORM, data=self.token | data, headers={"Origin": self.host}, environ_base={"REMOTE_ADDR": address}
        )


def first_page(app, tenant, office):
    with app.app_context(), tenant_scope(tenant) as session:
        return [row.summary for row in cases.inbox(session, office.staff(), Filters(queue="all"), limit=50)]


def counted(app, tenant, *conditions):
    with app.app_context(), tenant_scope(tenant) as session:
        return session.scalar(select(func.count()).select_from(Case).where(*conditions))


def test_five_hundred_from_one_phone_over_fifty_addresses(app, client_of, tenant, office):
    phone, honest = Phone(client_of(tenant)), Phone(client_of(tenant))
    answers = []
    for n in range(500):
        answers.append(phone.send(report(tenant, words(n)), f"10.1.0.{n % 50}").status_code)
        if n == 250:
            assert honest.send(report(tenant, HONEST), "10.9.9.9").status_code == 303
    taken = answers.count(303)
    assert taken >= 50
    assert set(answers) == {303, 429}  # then the phone has to wait; its page says so
    assert counted(app, tenant) == taken + 1
    shown = first_page(app, tenant, office)
    assert len(shown) == 6
    assert any("Jembatan desa roboh" in summary for summary in shown)


def test_five_hundred_from_fifty_addresses_each_time_a_new_browser(app, client_of, tenant, office):
    client = client_of(tenant)
    for n in range(500):
        client.delete_cookie("__Host-balai-form", domain=f"{tenant.slug}.localhost")
        assert Phone(client).send(report(tenant, words(n + 10_000)), f"10.2.0.{n % 50}").status_code == 303
        if n == 250:
            client.delete_cookie("__Host-balai-form", domain=f"{tenant.slug}.localhost")
            sent = Phone(client).send(report(tenant, HONEST), "10.9.9.9")  # fmt: skip
            assert sent.status_code == 303
    assert counted(app, tenant) == 501
    shown = first_page(app, tenant, office)
    assert any("Jembatan desa roboh" in summary for summary in shown)
    assert counted(app, tenant, Case.held_at.is_(None)) <= 51


def test_the_same_text_with_changed_numbers_from_everywhere(app, client_of, tenant, office):
    client = client_of(tenant)
    for n in range(40):
        client.delete_cookie("__Host-balai-form", domain=f"{tenant.slug}.localhost")
        text = f"Beli obat kuat murah di toko kami nomor {n}, diskon besar setiap hari, hubungi segera {words(n, 1)}"
        assert Phone(client).send(report(tenant, text), f"10.3.{n}.1").status_code == 303
    assert counted(app, tenant, Case.held_at.is_(None)) == 5
    assert counted(app, tenant, Case.held_for == "copy") == 35


def test_a_flood_night_goes_to_the_inbox(app, client_of, tenant, office):
    """Many people, each with words of their own, from an address of their own."""
    client = client_of(tenant)
    for n in range(80):
        client.delete_cookie("__Host-balai-form", domain=f"{tenant.slug}.localhost")
        assert Phone(client).send(report(tenant, f"Banjir {words(n)}"), f"10.4.{n}.1").status_code == 303
    assert counted(app, tenant, Case.held_at.is_(None)) == 80


def test_held_is_acknowledged_and_tells_nobody_else(app, client_of, tenant, office):
    """A flood with a stranger's address sends that stranger one mail at most per filing that passed."""
    phone = Phone(client_of(tenant))
    for n in range(8):
        last = phone.send(report(tenant, words(n + 77), email="korban@contoh.id"))
    assert last.status_code == 303
    assert last.location.split("/")[2] in phone.client.get(last.location).text
    with app.app_context(), tenant_scope(tenant) as session:
        mails = session.scalars(select(Message).where(Message.channel == "email")).all()
        held = session.scalars(select(Case).where(Case.held_at.is_not(None))).all()
        assert (len(mails), len(held)) == (5, 3)
        assert all(case.next_timer_at is None for case in held)
    assert phone.client.get(f"/lacak/{held[0].code}").status_code == 200


def test_release_brings_it_to_the_inbox_and_spam_out_of_every_count(app, client_of, tenant, office):
    phone = Phone(client_of(tenant))
    for n in range(9):
        phone.send(report(tenant, words(n + 55), email="rina@contoh.id"))
    with app.app_context(), tenant_scope(tenant) as session:
        staff = office.staff()
        held = [case.code for case in services.held(session, staff)]
        assert (len(held), services.count_held(session, staff)) == (4, 4)
        assert sorted(services.alike(session, staff, held[0], by="device")) == sorted(held)
        assert services.release(session, staff, held[:1]) == 1
        assert services.mark_spam(session, staff, held[1:]) == 3
        assert services.mark_spam(session, staff, held[1:]) == 0
    assert len(first_page(app, tenant, office)) == 6
    with app.app_context(), tenant_scope(tenant) as session:
        spam = services.held(session, staff, spam=True)
        assert {(c.is_test, c.outcome) for c in spam} == {(True, "lapsed")}
        assert services.release(session, staff, [spam[0].code]) == 1
        back = session.scalars(select(Case).where(Case.code == spam[0].code)).one()
        assert (back.is_open, back.is_test, back.held_at, back.next_timer_at is not None) == (True, False, None, True)
        assert len(session.scalars(select(Message).where(Message.channel == "email")).all()) == 7
        with pytest.raises(Invalid):
            services.release(session, staff, ["3273-00000-00000-0"])


def test_a_blocked_sender_is_told_politely_by_every_way(app, client_of, tenant, office):
    with app.app_context(), tenant_scope(tenant) as session:
        staff = office.staff()
        with pytest.raises(Forbidden):
            services.block_contact(session, office.staff("cases.work"), contact="0812", days="1", reason="uji coba")
        with pytest.raises(Invalid) as refused:
            services.block_contact(session, staff, contact="0812", days="400", reason="x")
        assert {e.field for e in refused.value.errors} == {"contact", "days", "reason"}
        row = services.block_contact(session, staff, contact="0812 3456 7890", days="7", reason="Ancaman berulang")
        assert "3456" not in row.hint
        assert "Ancaman" not in (row.reason or "")
        block_id = row.id
    phone = Phone(client_of(tenant))
    page = phone.send(report(tenant, words(3), phone="+62 812-3456-7890"))
    assert page.status_code == 409
    assert "(022) 123-4567" in page.text
    assert "sedang tidak kami terima" in page.text
    body = {
        "service": "feedback.pengaduan", "data": {"bidang": "lampu", "uraian": words(4)},
        "place": {"region": f"{tenant.region_code}.01.2001", "landmark": "depan balai"},
        "reporter": {"phone": "081234567890"},
    }  # fmt: skip
    answer = phone.client.post("/api/v1/cases", json=body)
    assert (answer.status_code, answer.json["type"].rpartition(":")[2]) == (409, "pengirim-dibatasi")
    assert phone.send(report(tenant, words(5), phone="081234567899")).status_code == 303
    with app.app_context(), tenant_scope(tenant) as session:
        services.unblock(session, staff, block_id)
    assert phone.send(report(tenant, words(6), phone="081234567890")).status_code == 303


def test_a_block_ends_by_itself_and_a_device_can_be_blocked(app, client_of, tenant, other_tenant, staffed, office):
    phone = Phone(client_of(tenant))
    for n in range(6):
        phone.send(report(tenant, words(n + 31)))
    with app.app_context(), tenant_scope(tenant) as session:
        staff = office.staff()
        code = services.held(session, staff)[0].code
        services.block_source(session, staff, code, kind="device", days="3", reason="Mengirim sampah")
    assert phone.send(report(tenant, words(90)), "10.7.7.7").status_code == 409
    with clock.frozen(now() + timedelta(days=4)):
        assert phone.send(report(tenant, words(91)), "10.7.7.7").status_code == 303


def test_the_api_has_the_same_gate(app, client_of, tenant, office):
    client = client_of(tenant)
    body = {
        "service": "feedback.pengaduan", "place": {"region": f"{tenant.region_code}.01.2001", "landmark": "depan balai"},
    }  # fmt: skip
    for n in range(25):
        data = {"bidang": "lampu", "uraian": words(n + 400)}
        assert client.post("/api/v1/cases", json=body | {"data": data}).status_code == 201
    assert counted(app, tenant, Case.held_for == "flood") == 5
    service = bearer_for(app, tenant, "officer", client_id="x")
    assert client.get("/api/v1/cases?limit=100", headers=service).json["items"].__len__() == 20


def test_staff_who_write_for_people_pass(app, tenant, office, file_complaint, session):
    for _n in range(8):
        assert file_complaint(channel="counter", assisted_by=office.staff()).case.held_at is None


def test_where_it_came_from_is_forgotten_after_a_week(app, client_of, tenant, office):
    phone = Phone(client_of(tenant))
    for n in range(6):
        phone.send(report(tenant, words(n + 900)))
    with app.app_context(), tenant_scope(tenant) as session:
        staff = office.staff()
        code = services.held(session, staff)[0].code
        assert services.alike(session, staff, code, by="device") == [code]
        with clock.frozen(now() + timedelta(days=8)):
            tasks.forget_origins(session, tenant)
        assert services.alike(session, staff, code, by="device") == []


def test_likeness_of_texts():
    text = "Lampu jalan di depan balai desa mati sejak tiga hari lalu, gelap sekali dan berbahaya bagi anak sekolah."
    sketch = likeness.sketch_of(text.lower())
    changed = likeness.sketch_of(text.lower().replace("tiga", "lima").replace("lampu", "lentera") + " 12345")
    other = likeness.sketch_of("sampah menumpuk di pasar baru dan berbau busuk sampai ke rumah warga sekitar")
    assert sketch is not None
    assert likeness.alike(sketch, changed + other + sketch) == 2
    assert likeness.sketch_of("lampu mati") is None
