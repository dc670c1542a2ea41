"""The console's pages about messages: who opens them, what they keep, and that secrets and addresses never come back."""

import re

import pytest
from sqlalchemy import select

from balai import audit, keys, notify
from balai.clock import now
from balai.notify import gateways, texts
from balai.notify.models import ChannelState, Gateway, Message, MessageText
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.gateway import GatewaySimulator
from balai.testing.pages import post_form
from balai.testing.words import untranslated

ADMIN = (
    "/kelola/pesan/teks",
    "/kelola/pesan/teks/cases.received",
    "/kelola/pesan/jalur",
    "/kelola/pesan/jalur/sms",
    "/kelola/pesan/jalur/whatsapp",
    "/kelola/pesan/jam",
    "/kelola/pesan/jumlah",
)
SECRET = "kunci-rahasia-sekali-77"


@pytest.fixture(scope="module")
def gateway():
    with GatewaySimulator() as running:
        yield running


@pytest.fixture(scope="module")
def paved(make_app, gateway):
    """The application that may call the simulator."""
    return make_app(outbound_allow=gateway.authority)


@pytest.fixture
def admin(client_of, paved, tenant):
    client = client_of(tenant)
    client.application = paved
    act_as(client, tenant, "admin", name="Dewi Admin")
    return client


@pytest.fixture
def scope(paved, tenant):
    from contextlib import contextmanager

    @contextmanager
    def opened():
        with paved.app_context(), tenant_scope(tenant) as session:
            yield session

    return opened


def settings(gateway, **changes):
    return {
        "switched_on": "ya", "url": gateway.url, "auth": "bearer", "auth_name": "", "secret": SECRET, "format": "json",
        "fields": "messages.0.to = {nomor62}\nmessages.0.text = {pesan}\nid = {id}", "reference": "data.0.id",
        "receipts": "hmac", "receipt_secret": "kunci-balik", "receipt_header": "X-Tanda", "receipt_time": "X-Waktu",
        "receipt_id": "id", "receipt_status": "status", "delivered": "delivered", "failed": "failed, expired", **changes,
    }  # fmt: skip


def kept_message(session, **changes):
    message = notify.send(
        session, channel="sms", to="0812 3456 7890", template="cases.received",
        data=notify.templates()["cases.received"].sample,
    )  # fmt: skip
    message.state, message.problem = "kept", "jalur ini belum dipasang"
    for name, value in changes.items():
        setattr(message, name, value)
    session.flush()
    return message.id


@pytest.mark.parametrize("role", ["admin", "officer", "leader", "auditor"])
def test_everybody_reads_their_own_and_only_the_admin_the_rest(client, tenant, role):
    act_as(client, tenant, role)
    assert client.get("/kelola/pesan/saya").status_code == 200
    assert client.get("/kelola/pesan").status_code == (200 if role == "admin" else 303)
    for path in ADMIN:
        assert client.get(path).status_code == (200 if role == "admin" else 403), path


def test_a_helper_files_for_others_and_sees_nothing_here(client, tenant):
    act_as(client, tenant, "helper")
    for path in ("/kelola/pesan", "/kelola/pesan/saya", *ADMIN):
        assert client.get(path).status_code == 403, path


def test_no_string_of_the_pages_escapes_translation(admin, scope):
    with scope() as session:
        kept_message(session)
        session.add(ChannelState(channel="sms", failures=3, open_until=now().replace(year=2999), problem="x"))
    for path in ("/kelola/pesan", "/kelola/pesan/saya", *ADMIN):
        page = admin.get(f"{path}?bahasa=qps").text
        assert untranslated(page, data=("WIB", "Authorization: Bearer", "JSON", "SMS", "WhatsApp")) == [], path


def test_the_bell_counts_what_is_new(client, tenant, app):
    me = act_as(client, tenant, "officer")
    with app.app_context(), tenant_scope(tenant) as session:
        for _n in range(2):
            sample = notify.templates()["cases.staff_new"].sample
            notify.send(session, channel="inapp", to=None, template="cases.staff_new", data=sample, member=me)
    assert re.search(r'class="bell".*?class="count">2<', client.get("/kelola").text, re.DOTALL)
    assert "Lampu jalan mati" in client.get("/kelola/pesan/saya").text
    assert post_form(client, "/kelola/pesan/dibaca").status_code == 303
    assert not re.search(
        r'class="bell".*?class="count"', client.get("/kelola").text.partition("</header>")[0], re.DOTALL
    )


def test_a_gateway_is_set_up_and_its_secrets_never_come_back(admin, scope, gateway, paved, tenant, jobs_done):
    gateway.forget()
    assert post_form(admin, "/kelola/pesan/jalur/sms", settings(gateway)).status_code == 303
    page = admin.get("/kelola/pesan/jalur/sms").text
    assert SECRET not in page and "kunci-balik" not in page  # noqa: PT018 - one claim
    with scope() as session:
        row = session.scalars(select(Gateway)).one()
        assert row.secret.startswith("v1|")
        assert keys.reveal(session, row, "secret") == SECRET
        (entry,) = audit.entries(session, action="message.gateway_changed")
        assert SECRET not in str(entry.data)
    # An empty field keeps the secret.
    assert (
        post_form(admin, "/kelola/pesan/jalur/sms", settings(gateway, secret="", receipt_secret="")).status_code == 303
    )
    assert post_form(admin, "/kelola/pesan/jalur/sms/coba", {"nomor": "0812 3456 7890"}).status_code == 303
    jobs_done(paved, tenant=tenant)
    (request,) = gateway.requests
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.json["messages"][0]["to"] == "6281234567890"
    assert "Pesan uji dari Kota Uji" in request.json["messages"][0]["text"]
    page = admin.get("/kelola/pesan/jalur/sms").text
    assert "Terkirim" in page
    assert "+62812*****890" in page
    assert "81234567890" not in page.replace("+62812*****890", "")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("url", "http://10.0.0.1/x", "https://"),
        ("url", "https://127.0.0.1/x", "jaringan dalam"),
        ("url", "ftp://x", "alamat gerbang"),
        ("fields", "to = {nomor}\nrusak", "Baris 2"),
        ("fields", "to = {nomer}\nx = {pesan}", "{nomer} tidak dikenal"),
        ("fields", "x = {pesan}", "Sertakan"),
        ("fields", "a = {nomor}\na.b = {pesan}", "tidak terbaca"),
        ("auth", "lain", "Pilih salah satu"),
        ("receipt_header", "X Y:", "kepala"),
        ("receipt_secret", "", "kunci"),
        ("secret", "a\r\nB: c", "Kunci"),
    ],
)
def test_a_wrong_gateway_is_refused_and_what_was_typed_stays(admin, scope, gateway, field, value, says):
    answer = post_form(admin, "/kelola/pesan/jalur/sms", settings(gateway, **{field: value}))
    assert answer.status_code == 422
    assert says in answer.text, re.findall(r"field-error.*?</p>", answer.text)
    assert gateway.url in answer.text or field == "url"
    assert SECRET not in answer.text
    with scope() as session:
        assert gateways.of_region(session, "sms") is None


def test_a_text_is_previewed_saved_in_versions_and_put_back(admin, scope):
    path = "/kelola/pesan/teks/cases.received"
    own = {"subject": "Terima kasih, kode {kode}", "body": "Halo dari {daerah}. Kode {kode}. Ikuti: {tautan}",
           "short": "Kode {kode}: {tautan}", "version": "0", "bahasa_teks": "id"}  # fmt: skip
    seen = post_form(admin, path, {**own, "langkah": "lihat"})
    assert seen.status_code == 200
    assert "Halo dari Kota Bandung. Kode 3273-7K2M9-QX4TB-H." in seen.text
    with scope() as session:
        assert session.scalars(select(MessageText)).all() == []
    assert post_form(admin, path, {**own, "langkah": "simpan"}).status_code == 303
    stale = post_form(admin, path, {**own, "langkah": "simpan"})
    assert stale.status_code == 422
    assert "Rekan Anda baru saja mengubah" in stale.text
    sample = notify.templates()["cases.received"].sample
    with scope() as session:
        written = texts.compose(session, "cases.received", sample, language="id")
        assert written.subject == "Terima kasih, kode 3273-7K2M9-QX4TB-H"
        assert written.short.startswith("Kode 3273-7K2M9-QX4TB-H: https://")
    assert post_form(admin, path, {**own, "version": "1", "langkah": "kembali"}).status_code == 303
    with scope() as session:
        assert texts.compose(session, "cases.received", sample, language="id").subject.startswith("Sudah kami terima")
        assert [v.version for v in texts.versions(session, "cases.received", "id")] == [2, 1]
        acts = {e.action for e in audit.entries(session, action="message.")}
        assert {"message.text_changed", "message.text_reset"} <= acts


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"body": "Kode {kode}."}, "Sertakan {tautan}"),
        ({"body": "{kode} {tautan} {nik}"}, "{nik} tidak dikenal"),
        ({"body": "{kode} {tautan} {rusak"}, "kurung"),
        ({"subject": ""}, "Tulis dulu"),
        ({"short": "x" * 301 + "{tautan}{kode}"}, "paling banyak 300"),
    ],
)
def test_a_text_that_would_leave_citizens_lost_is_refused(admin, changes, says):
    good = {"subject": "Kode {kode}", "body": "{kode} {tautan}", "short": "{kode} {tautan}", "version": "0"}
    answer = post_form(admin, "/kelola/pesan/teks/cases.received", {**good, **changes, "langkah": "simpan"})
    assert answer.status_code == 422
    assert says in answer.text, re.findall(r"field-error.*?</p>", answer.text)


def test_a_value_is_never_read_as_a_place():
    written = texts.fill_own("{kode}", "{isi}", "{kode}", {"code": "{tautan}", "words": "{kode} %(code)s"})
    assert (written.subject, written.body) == ("{tautan}", "{kode} %(code)s\n")


def test_undelivered_messages_are_listed_masked_tried_again_and_dropped(admin, scope):
    with scope() as session:
        first, second = kept_message(session), kept_message(session)
    page = admin.get("/kelola/pesan").text
    assert "+62812*****890" in page
    assert "3456" not in page
    assert post_form(admin, f"/kelola/pesan/keluar/{first}/ulangi").status_code == 303
    assert admin.get(f"/kelola/pesan/keluar/{second}/buang").status_code == 200
    assert post_form(admin, f"/kelola/pesan/keluar/{second}/buang").status_code == 303
    assert post_form(admin, f"/kelola/pesan/keluar/{second}/buang").status_code == 409
    with scope() as session:
        states = {m.id: m.state for m in session.scalars(select(Message))}
        assert states == {first: "queued", second: "dropped"}
        assert {"message.resent", "message.dropped"} <= {e.action for e in audit.entries(session, action="message.")}


def test_another_regions_message_is_not_there(admin, regions, paved):
    other = regions()
    with paved.app_context(), tenant_scope(other) as session:
        strange = kept_message(session)
    for path in (f"/kelola/pesan/keluar/{strange}/ulangi", f"/kelola/pesan/keluar/{strange}/buang"):
        assert post_form(admin, path).status_code == 404


def test_all_of_a_channel_go_again_at_once(admin, scope):
    with scope() as session:
        kept_message(session)
        kept_message(session)
    assert post_form(admin, "/kelola/pesan/keluar/ulangi", {"jalur": "sms"}).status_code == 303
    with scope() as session:
        assert notify.unsent(session) == []


def test_quiet_hours_are_set_and_nonsense_is_refused(admin):
    good = {"quiet": "ya", "dari": "20:00", "sampai": "07:00"}
    assert post_form(admin, "/kelola/pesan/jam", good).status_code == 303
    assert 'value="20:00"' in admin.get("/kelola/pesan/jam").text
    assert post_form(admin, "/kelola/pesan/jam", {**good, "sampai": "20:00"}).status_code == 422
    assert post_form(admin, "/kelola/pesan/jam", {**good, "dari": "25:00"}).status_code == 422


def test_messages_are_counted_per_month_and_channel(admin, scope, tenant):
    with scope() as session:
        kept_message(session, state="sent")
        kept_message(session, state="undelivered")
        notify.send(session, channel="sms", to="081234567890", template="notify.trial", data={"region": "x"})
    page = re.sub(r"\s+", " ", admin.get("/kelola/pesan/jumlah").text)
    assert re.search(r'data-label="Ditulis">2</td><td class="num" data-label="Terkirim">1<', page)
    with scope() as session:
        from datetime import timedelta

        month = now() - timedelta(days=1)
        (count,) = notify.counts(session, since=month, until=now() + timedelta(days=1), zone=tenant.timezone)
        assert (count.written, count.sent, count.undelivered) == (2, 1, 1)
