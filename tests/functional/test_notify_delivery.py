"""Messages: written with the change, brought by a job over real SMTP, tried again, kept when mail isn't set up."""

import socket
from datetime import timedelta

import pytest
from sqlalchemy import select

from balai import cases, keys, notify
from balai.cases import Reporter
from balai.clock import frozen, now
from balai.devstack.mail import Catcher
from balai.notify import Delivery, Message
from balai.tenancy import tenant_scope
from balai.testing.offices import add_member


@pytest.fixture(scope="module")
def catcher(tmp_path_factory):
    with Catcher(tmp_path_factory.mktemp("mails")) as running:
        yield running


def mails(catcher):
    return {m.to[0]: m for m in catcher.messages()}


@pytest.fixture(scope="module")
def mailing(make_app, catcher):
    """The application with a mail server."""
    return make_app(smtp_url=f"smtp://127.0.0.1:{catcher.port}", mail_from="Kota Uji <halo@uji.go.id>")


@pytest.fixture(scope="module")
def silent(make_app):
    """The application without one."""
    return make_app(smtp_url="")


@pytest.fixture(scope="module")
def unplugged(make_app):
    """The application whose mail server is down."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return make_app(smtp_url=f"smtp://127.0.0.1:{port}")


def mail_messages(session):
    return session.scalars(select(Message).where(Message.channel == "email").order_by(Message.id)).all()


def test_a_report_is_answered_by_mail(session, tenant, office, file_complaint, mailing, catcher, jobs_done):
    filed = file_complaint(reporter=Reporter(name="Rina", email="rina-satu@contoh.id"))
    cases.move_case(session, filed.case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah diganti."})
    session.commit()
    jobs_done(mailing, tenant=tenant)
    found = [m for m in catcher.messages() if m.to == ("rina-satu@contoh.id",)]
    received, done = sorted(found, key=lambda m: "Selesai" in m.subject)
    assert filed.code in received.subject
    assert f"/lacak/{filed.code}?kunci={filed.link_secret}" in received.text
    assert "Sudah diganti." in done.text
    assert "kunci=" not in done.text
    session.expire_all()
    assert {m.state for m in mail_messages(session)} == {"sent"}
    assert all(d.ok for d in session.scalars(select(Delivery)))


def test_nothing_is_sent_when_the_change_is_rolled_back(session, tenant, file_complaint, mailing, catcher, jobs_done):
    file_complaint(reporter=Reporter(email="rina-batal@contoh.id"))
    session.rollback()
    jobs_done(mailing, tenant=tenant)
    assert "rina-batal@contoh.id" not in mails(catcher)


def test_without_a_mail_server_messages_are_kept_and_can_be_sent_later(
    session, tenant, file_complaint, silent, mailing, catcher, jobs_done
):
    file_complaint(reporter=Reporter(email="rina-nanti@contoh.id"))
    session.commit()
    jobs_done(silent, tenant=tenant)
    session.expire_all()
    (kept,) = notify.unsent(session)
    assert (kept.state, kept.attempts) == ("kept", 1)
    assert "BALAI_SMTP_URL" in kept.problem
    notify.resend(session, kept)
    session.commit()
    jobs_done(mailing, tenant=tenant)
    assert "rina-nanti@contoh.id" in mails(catcher)
    session.expire_all()
    assert notify.unsent(session) == []


def test_a_dead_server_blocks_nobody_and_is_given_up_after_a_day(session, tenant, file_complaint, unplugged):
    case = file_complaint(reporter=Reporter(email="rina-putus@contoh.id")).case
    session.commit()
    assert case.is_open
    with unplugged.app_context(), tenant_scope(tenant) as other:
        (message,) = mail_messages(other)
        at = now()
        for attempt in range(1, 8):
            with frozen(at + timedelta(days=attempt)):
                notify.deliver(other, message.id)
            assert message.attempts == attempt
        assert message.state == "undelivered"
        assert "rina-putus" not in message.problem
        assert notify.deliver(other, message.id) is None
        assert len(other.scalars(select(Delivery)).all()) == 7
        assert [m.id for m in notify.unsent(other)] == [message.id]


def test_a_delivery_that_runs_twice_sends_once(session, tenant, file_complaint, mailing, catcher):
    file_complaint(reporter=Reporter(email="rina-dua@contoh.id"))
    session.commit()
    with mailing.app_context():
        for _run in range(2):
            with tenant_scope(tenant) as other:
                notify.deliver(other, mail_messages(other)[0].id)
    assert len([m for m in catcher.messages() if m.to == ("rina-dua@contoh.id",)]) == 1


def test_everything_personal_is_sealed(session, file_complaint):
    file_complaint(reporter=Reporter(email="rina-segel@contoh.id"))
    session.flush()
    (message,) = mail_messages(session)
    for sealed in (message.recipient, message.subject, message.body):
        assert sealed.startswith("v1|")
    assert keys.reveal(session, message, "recipient") == "rina-segel@contoh.id"


def test_secret_cases_leave_no_words_in_a_mailbox(session, office, file_complaint):
    case = file_complaint(visibility="secret", reporter=Reporter(email="rina-rahasia@contoh.id")).case
    cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Pelaku sudah dipanggil."})
    session.flush()
    bodies = [notify.text_of(session, m)[1] for m in mail_messages(session)]
    assert len(bodies) == 2
    assert not any("Pelaku" in body or "Lampu" in body for body in bodies)


def test_staff_messages_wait_in_the_app_until_read(session, tenant, office, file_complaint, app, jobs_done):
    case = file_complaint().case
    session.commit()
    jobs_done(app, tenant=tenant)
    assert len(notify.inbox(session, office.officer_id, unread=True)) == 1
    assert notify.inbox(session, add_member(session)) == []
    notify.mark_read(session, office.officer_id, case=case.id)
    assert notify.inbox(session, office.officer_id, unread=True) == []


def test_every_text_can_be_filled_and_is_plain():
    from balai.testing.words import FORBIDDEN

    for key, template in notify.templates().items():
        subject, body = notify.fill(key, template.sample, language="id")
        assert "%" not in subject + body, key
        words = f"{subject} {body}".lower().replace(".", " ").split()
        assert not set(words) & set(FORBIDDEN), key
        marked, _body = notify.fill(key, template.sample, language="qps")
        assert marked.startswith("⟦"), key


def test_a_subject_never_carries_a_line_break(session, office, mailing, tenant, catcher):
    with mailing.app_context():
        with tenant_scope(tenant) as other:
            data = {**notify.templates()["cases.done"].sample, "code": "X\r\nBcc: semua@contoh.id"}
            made = notify.send(other, channel="email", to="rina-baris@contoh.id", template="cases.done", data=data)
        with tenant_scope(tenant) as other:
            notify.deliver(other, made.id)
    assert mails(catcher)["rina-baris@contoh.id"].to == ("rina-baris@contoh.id",)
