"""One text to a great many people: the rules of a single message, in the order given, and others get in between."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from balai import keys, notify
from balai.clock import frozen
from balai.db import new_id
from balai.devstack.mail import Catcher
from balai.keys.bulk import opener
from balai.keys.crypto import CannotDecryptError
from balai.notify import Addressee, circuit, mass, refusals
from balai.notify.models import Message
from balai.tenancy import tenant_scope

OWED, OPTIONAL, URGENT, STAFF = "cases.answered", "cases.forwarded", "cases.code_again", "notify.digest"
NIGHT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 22.30 in Jakarta


@pytest.fixture(scope="module")
def catcher(tmp_path_factory):
    with Catcher(tmp_path_factory.mktemp("banyak")) as running:
        yield running


@pytest.fixture(scope="module")
def mailing(make_app, catcher):
    return make_app(smtp_url=catcher.url, mail_from="Balai <halo@balai.go.id>")


@pytest.fixture
def world(mailing, tenant):
    with mailing.app_context(), tenant_scope(tenant) as session:
        yield session


def sample(template):
    return notify.templates()[template].sample


def send(session, *to, template=OWED, about=None, **more):
    return notify.send_many(
        session, template=template, data=sample(template), to=to, about=("uji", about or new_id()), **more
    )


def written(session, ids):
    found = {message.id: message for message in session.scalars(select(Message).where(Message.id.in_(ids)))}
    return [found[message_id] for message_id in ids]


def test_all_of_them_are_brought_in_order_and_a_later_one_gets_in_between(
    world, tenant, mailing, catcher, jobs_done, monkeypatch
):
    monkeypatch.setattr(mass, "FED", 3)
    monkeypatch.setattr(mass, "CHUNK", 4)
    people = [f"warga-{n}@contoh.id" for n in range(8)]
    about = new_id()
    ids = send(world, *(Addressee("email", to, {"code": f"K{n}"}) for n, to in enumerate(people)), about=about)
    assert ids == sorted(ids)
    single = notify.send(world, channel="email", to="sela@contoh.id", template=OWED, data=sample(OWED))
    world.commit()
    jobs_done(mailing, tenant=tenant)
    world.expire_all()
    assert {message.state for message in written(world, ids)} == {"sent"}
    sent = sorted(written(world, [*ids, single.id]), key=lambda message: message.sent_at)
    order = [keys.reveal(world, message, "recipient") for message in sent]
    assert [to for to in order if to != "sela@contoh.id"] == people
    assert order.index("sela@contoh.id") <= 4  # not behind all of them
    bodies = {m.to[0]: m.subject + m.text for m in catcher.messages()}
    assert all(f"K{n}" in bodies[to] for n, to in enumerate(people))
    # Fed twice, brought once.
    assert mass.feed(world, channel="email", about=about, after=UUID(int=ids[0].int - 1), until=ids[-1]) == 0


def test_the_rules_of_a_single_message_hold(world):
    refusals.refuse(world, refusals.index_of(world, "email", "tidak@contoh.id"), by="page")
    with frozen(NIGHT):
        one, two = written(
            world,
            send(world, Addressee("email", "tidak@contoh.id"), Addressee("sms", "0812 3456 7890"), template=OPTIONAL),
        )
        (owed,) = written(world, send(world, Addressee("email", "tidak@contoh.id")))
        (urgent,) = written(world, send(world, Addressee("sms", "081234567890"), template=URGENT))
        alone = notify.send(world, channel="sms", to="081234567890", template=OPTIONAL, data=sample(OPTIONAL))
    assert (one.state, two.state, owed.state) == ("unwanted", "queued", "queued")
    assert two.due_at == datetime(2026, 11, 24, 23, 0, tzinfo=UTC) == alone.due_at
    assert (urgent.due_at, urgent.urgent) == (None, True)
    assert notify.text_of(world, two) == notify.text_of(world, alone)
    assert (two.address_index, two.recipient[:3]) == (alone.address_index, "v1|")
    assert keys.reveal(world, two, "recipient") == "+6281234567890"
    assert "/pesan/berhenti/" in notify.text_of(world, one)[1]
    assert send(world) == []
    with pytest.raises(ValueError, match="staff"):
        send(world, template=STAFF)
    with pytest.raises(KeyError):
        notify.send_many(world, template=OWED, data={}, to=[Addressee("email", "a@b.id")], about=("uji", new_id()))


def test_a_channel_that_rests_is_fed_later(world, monkeypatch):
    laid = []
    monkeypatch.setattr(mass, "defer", lambda _session, task, **given: laid.append((task.name, given)))
    about = new_id()
    (message_id,) = send(world, Addressee("email", "warga@contoh.id"), about=about)
    for _ in range(circuit.FAILURES):
        circuit.failed(world, "email", "mati")
    assert mass.feed(world, channel="email", about=about, after=UUID(int=message_id.int - 1), until=message_id) == 0
    first, later = laid
    assert first[1]["lock"] == "notify:email"
    assert (later[0], later[1].get("lock")) == ("notify.feed", None)
    assert later[1]["schedule_at"] > circuit.resting_until(world, "email")


def test_values_are_opened_as_one_by_one(world):
    first, second = written(world, send(world, Addressee("email", "a@contoh.id"), Addressee("email", "b@contoh.id")))
    opened = opener(world, "message")
    assert opened(first.recipient, "recipient", first.id) == "a@contoh.id"
    for sealed, place in ((first.recipient, second.id), ("v1|k1|x", first.id)):
        with pytest.raises(CannotDecryptError):
            opened(sealed, "recipient", place)
