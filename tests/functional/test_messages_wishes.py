"""What people wish: silence at night, one letter a day, no more news; and what reaches them all the same."""

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from balai import cases, keys, notify
from balai.auth import Member
from balai.cases import Reporter
from balai.clock import frozen
from balai.devstack.mail import Catcher
from balai.notify import digests, hours, refusals
from balai.notify.models import Message
from balai.tenancy import tenant_scope
from balai.testing.offices import add_member
from balai.testing.words import plain, untranslated

TEXTS = notify.templates()
# 22.30 in Jakarta on 24 November; 07.10 there on the 25th.
NIGHT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
SEVEN = datetime(2026, 11, 25, 0, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def catcher(tmp_path_factory):
    with Catcher(tmp_path_factory.mktemp("surat")) as running:
        yield running


@pytest.fixture(scope="module")
def mailing(make_app, catcher):
    return make_app(smtp_url=catcher.url, mail_from="Balai <halo@balai.go.id>")


@pytest.fixture
def world(mailing, tenant):
    with mailing.app_context(), tenant_scope(tenant) as session:
        yield session


def send(session, key="cases.answered", channel="sms", to="081234567890", **more):
    return notify.send(session, channel=channel, to=to, template=key, data=TEXTS[key].sample, **more)


def staff(session, email="siti@contoh.id", wish=None):
    member_id = add_member(session, "Siti Petugas")
    if email:
        keys.seal(session, session.scalars(select(Member).where(Member.id == member_id)).one(), "email", email)
    if wish:
        digests.set_wish(session, member_id, wish)
    return member_id


def mails(session, template):
    return session.scalars(select(Message).where(Message.template == template)).all()


# --- the night ---


def test_at_night_phones_wait_for_the_regions_own_morning(world):
    with frozen(NIGHT):
        message = send(world)
        assert message.due_at == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)  # six in Jakarta
        notify.deliver(world, message.id)
        assert (message.state, message.attempts) == ("queued", 0)
    with frozen(NIGHT + timedelta(hours=8)):
        notify.deliver(world, message.id)
    assert message.state == "kept"  # it was tried: no gateway here


def test_the_same_hour_is_day_or_night_by_zone(regions, mailing):
    five_utc = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 20.00 WIB, 22.00 WIT
    for zone, waits in (("Asia/Jakarta", False), ("Asia/Jayapura", True)):
        region = regions(timezone=zone)
        with frozen(five_utc), mailing.app_context(), tenant_scope(region) as session:
            assert (send(session).due_at is not None) is waits


def test_what_is_urgent_and_what_makes_no_noise_goes_at_once(world):
    with frozen(NIGHT):
        assert send(world, "cases.received").due_at is None
        assert send(world, channel="email", to="a@contoh.id").due_at is None
        hours.save(world, quiet=True, quiet_from=time(21), quiet_until=time(6), quiet_mail=True)
        assert send(world, channel="email", to="a@contoh.id").due_at is not None
        hours.save(world, quiet=False, quiet_from=time(21), quiet_until=time(6), quiet_mail=True)
        assert send(world).due_at is None


# --- no more news ---


def test_a_mail_with_news_can_be_stopped_in_one_click_and_what_is_owed_still_comes(
    world, client, catcher, mailing, tenant, jobs_done
):
    send(world, "cases.forwarded", "email", "rina-stop@contoh.id")
    world.commit()
    jobs_done(mailing, tenant=tenant)
    raw = next(p.read_text() for p in catcher.store.folder.glob("*.eml") if "rina-stop@contoh.id" in p.read_text())
    headers = raw.partition("\n\n")[0].replace("\n ", " ")
    url = re.search(r"^List-Unsubscribe: <([^>]+)>", headers, re.MULTILINE | re.IGNORECASE)[1]
    assert re.search(r"^List-Unsubscribe-Post: List-Unsubscribe=One-Click\s*$", headers, re.MULTILINE)
    path = url[url.index("/pesan/berhenti/") :]
    assert "rina" not in path
    # As a mail program does: no cookie, no Origin, no form token.
    for _n in range(2):
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert send(world, "cases.forwarded", "email", "RINA-STOP@contoh.id").state == "unwanted"
    for key in ("cases.received", "cases.asked", "cases.answered", "cases.not_possible", "cases.code_again"):
        assert send(world, key, "email", "rina-stop@contoh.id").state == "queued", key
    assert send(world, "cases.forwarded", "email", "lain@contoh.id").state == "queued"


def test_a_refusal_counts_for_what_is_already_waiting(world):
    message = send(world, "cases.forwarded", "email", "rina@contoh.id")
    refusals.refuse(world, message.address_index, by="page")
    notify.deliver(world, message.id)
    assert message.state == "unwanted"


def test_the_page_says_what_stops_and_what_still_comes(world, client, tenant):
    index = refusals.index_of(world, "email", "rina@contoh.id")
    path = f"{refusals.PATH}/{refusals.token_of(world, index)}"
    page = client.get(path)
    assert page.status_code == 200
    assert plain(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    assert "tanda terima" in page.text
    assert untranslated(client.get(f"{path}?bahasa=qps").text) == []
    assert "Anda sudah berhenti" in client.post(path, data={"langkah": "berhenti"}).text
    assert refusals.is_refused(world, index)
    client.post(path, data={"langkah": "lanjut"})
    world.expire_all()
    assert not refusals.is_refused(world, index)


def test_a_link_opens_in_its_own_region_only_and_cannot_be_made_up(world, client, client_of, other_tenant):
    token = refusals.token_of(world, refusals.index_of(world, "email", "rina@contoh.id"))
    assert client_of(other_tenant).get(f"{refusals.PATH}/{token}").status_code == 404
    wrong = ("A" if token[0] != "A" else "B") + token[1:]
    for bad in (wrong, token[:-2], "x", "%00", "a" * 500):
        assert client.get(f"{refusals.PATH}/{bad}").status_code == 404
        assert client.post(f"{refusals.PATH}/{bad}", data={"List-Unsubscribe": "One-Click"}).status_code == 404


# --- staff ---


def test_a_flood_becomes_one_letter_a_day_without_citizens_words(world):
    me = staff(world)
    for _n in range(30):
        send(world, "cases.staff_new", "inapp", None, member=me)
    with frozen(SEVEN - timedelta(hours=1)):
        assert digests.send_due(world) == 0  # six in the morning
    with frozen(SEVEN):
        assert digests.send_due(world) == 1
        assert digests.send_due(world) == 0
    (letter,) = mails(world, "notify.digest")
    subject, body = notify.text_of(world, letter)
    assert subject == "30 kabar baru untuk Anda"
    assert body.count("- Baru: 3273-7K2M9-QX4TB-H") == 20
    assert "Lampu jalan mati" not in body
    assert keys.reveal(world, letter, "recipient") == "siti@contoh.id"
    with frozen(SEVEN + timedelta(days=1)):
        assert digests.send_due(world) == 0  # nothing new
    send(world, "cases.staff_new", "inapp", None, member=me)
    with frozen(SEVEN + timedelta(days=1, hours=5)):
        assert digests.send_due(world) == 1  # the worker was away at seven


def test_who_reads_in_the_console_gets_no_letter(world):
    me = staff(world)
    send(world, "cases.staff_new", "inapp", None, member=me)
    notify.mark_read(world, me)
    with frozen(SEVEN):
        assert digests.send_due(world) == 0


@pytest.mark.parametrize(("wish", "key", "copies"), [
    (None, "cases.staff_new", 0), (None, "cases.staff_escalated", 1), ("each", "cases.staff_new", 1),
    ("off", "cases.staff_escalated", 0),
])  # fmt: skip
def test_each_as_they_wish(world, wish, key, copies):
    me = staff(world, wish=wish)
    send(world, key, "inapp", None, member=me)
    found = mails(world, "notify.copy")
    assert len(found) == copies
    if found:
        assert "Lampu jalan mati" not in "".join(notify.text_of(world, found[0]))
    with frozen(SEVEN):
        # Told already, or not to be told.
        assert digests.send_due(world) == (1 if wish is None and not copies else 0)


def test_without_an_address_or_after_leaving_nothing_is_written(world):
    gone, nobody = staff(world), staff(world, email=None)
    for member in (gone, nobody):
        send(world, "cases.staff_new", "inapp", None, member=member)
    world.scalars(select(Member).where(Member.id == gone)).one().active = False
    world.flush()
    with frozen(SEVEN):
        assert digests.send_due(world) == 0


# --- the reporter's box ---


def test_whoever_holds_the_link_reads_the_box_and_nobody_else(session, client, office, file_complaint, tenant):
    filed = file_complaint(reporter=Reporter(name="Rina"))  # gave no address at all
    cases.move_case(
        session, filed.case.id, "selesaikan", person=office.staff(), fields={"answer": "Lampu sudah diganti."}
    )
    session.commit()
    path = f"/lacak/{filed.code}/pesan"
    assert client.get(path).status_code == 404
    client.get(f"/lacak/{filed.code}?kunci={filed.link_secret}")
    page = client.get(path)
    assert page.status_code == 200
    assert "Selesai: " in page.text
    assert "Lampu sudah diganti." in page.text
    assert filed.link_secret not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert plain(page.text)
    assert f'href="{path}"' in client.get(f"/lacak/{filed.code}").text
    assert untranslated(client.get(f"{path}?bahasa=qps").text, data=("WIB",)) == []


def test_a_staff_message_leads_to_its_case(session, client, tenant, office, file_complaint):
    from balai.testing.acting import act_as

    case = file_complaint().case
    me = act_as(client, tenant, "officer")
    sample = TEXTS["cases.staff_assigned"].sample
    notify.send(
        session, channel="inapp", to=None, template="cases.staff_assigned", data=sample, member=me, case=case.id
    )
    session.commit()
    assert f'href="/kelola/laporan/{case.code}"' in client.get("/kelola/pesan/saya").text
