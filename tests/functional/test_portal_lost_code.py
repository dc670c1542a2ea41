"""A lost code: one answer whatever is there, the same work for every asking, and the message goes to whom it belongs."""

import pytest
from sqlalchemy import event, select

from balai import keys
from balai.cases.code_again import send_codes
from balai.jobs.worker import drain
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai.testing.pages import form_token, post_form

KNOWN, UNKNOWN = "ada@contoh.id", "tak-ada@contoh.id"


@pytest.fixture
def filed(session, file_complaint):
    from balai.cases import Reporter

    made = file_complaint(reporter=Reporter(name="Rina", email=KNOWN, phone="0812 3456 7890")).case
    session.commit()
    return made


def sent(app, tenant):
    drain(app, tenant=tenant)
    with app.app_context(), tenant_scope(tenant) as session:
        found = session.scalars(select(Message).where(Message.template == "cases.code_again")).all()
        return [(m.channel, keys.reveal(session, m, "recipient"), keys.reveal(session, m, "body")) for m in found]


def test_the_answers_are_the_same_bytes(client_of, tenant, filed):
    answers = []
    for contact in (KNOWN, UNKNOWN):
        reply = post_form(client_of(tenant), "/lacak/lupa", {"contact": contact})
        cookies = [c.partition("=")[2] for c in reply.headers.getlist("Set-Cookie") if "kabar" in c]
        answers.append((reply.status_code, reply.location, reply.data, cookies))
    assert answers[0] == answers[1]


def test_every_asking_does_the_same_work(app, client_of, tenant, filed):
    """No timing decides this: the statements that the database is sent are compared, without their values."""
    engine, seen = app.extensions["balai.db"].engine, []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    work = []
    for contact in (UNKNOWN, KNOWN, UNKNOWN):
        client = client_of(tenant)
        token = form_token(client)
        host = client.environ_base["HTTP_HOST"]
        seen.clear()
        event.listen(engine, "before_cursor_execute", note)
        try:
            client.post("/lacak/lupa", data={**token, "contact": contact}, headers={"Origin": f"http://{host}"})
        finally:
            event.remove(engine, "before_cursor_execute", note)
        work.append(list(seen))
    assert work[1] == work[2]
    assert not any("case_lookup" in statement for statement in work[1])


def test_the_code_goes_to_whoever_gave_the_address(app, client, tenant, filed):
    post_form(client, "/lacak/lupa", {"contact": KNOWN.upper()})
    post_form(client, "/lacak/lupa", {"contact": UNKNOWN})
    ((channel, to, body),) = sent(app, tenant)
    assert (channel, to) == ("email", KNOWN)
    assert filed.code in body
    assert "kunci=" not in body


def test_nobody_fills_a_mailbox(app, client_of, tenant, filed):
    replies = [post_form(client_of(tenant), "/lacak/lupa", {"contact": UNKNOWN}).status_code for _n in range(4)]
    assert replies == [303, 303, 303, 429]


def test_another_regions_asking_finds_nothing(app, client_of, tenant, other_tenant, filed):
    post_form(client_of(other_tenant), "/lacak/lupa", {"contact": KNOWN})
    assert sent(app, other_tenant) == []
    with app.app_context(), tenant_scope(tenant) as session:
        index = keys.blind_index(session, "email", KNOWN)
    with app.app_context(), tenant_scope(other_tenant) as session:
        send_codes(session, other_tenant, purpose="email", index=index)
    assert sent(app, other_tenant) == []


def test_a_number_in_an_answer_is_no_contact(app, session, tenant, office, file_complaint):
    """Who is written about must not be told the codes of those who wrote."""
    file_complaint({"uraian": "Hubungi Pak Budi di 0813 2222 3333, ia yang membongkar jalannya."})
    session.commit()
    with app.app_context(), tenant_scope(tenant) as inside:
        for purpose in ("text:phone", "phone"):
            send_codes(inside, tenant, purpose=purpose, index=keys.blind_index(inside, "phone", "+6281322223333"))
    assert sent(app, tenant) == []


def test_what_is_no_address_is_named(client, office):
    page = post_form(client, "/lacak/lupa", {"contact": "bukan alamat"})
    assert page.status_code == 422
    assert "bukan alamat" in page.text
