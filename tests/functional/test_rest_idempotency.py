"""A POST sent twice is done once, also when both arrive together."""

import threading
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from balai import clock
from balai.cases import Case
from balai.rest.models import IdempotencyKey
from balai.rest.tasks import forget_answers
from balai.testing.identity import bearer_for
from balai.testing.offices import COMPLAINT

ROOT = "/api/v1/cases"


@pytest.fixture
def body(tenant, office):
    return {
        "service": "feedback.pengaduan",
        "data": COMPLAINT,
        "place": {"region": f"{tenant.region_code}.01", "landmark": "dekat jembatan"},
    }


@pytest.fixture
def key():
    return {"Idempotency-Key": str(uuid.uuid4())}


def cases(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(Case))


def test_the_second_time_gets_the_first_answer(client, body, key, session):
    first = client.post(ROOT, json=body, headers=key)
    second = client.post(ROOT, json=body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.data == first.data
    assert second.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert cases(session) == 1


def test_stored_answers_can_not_be_read_from_the_table(client, body, key, session):
    secret = client.post(ROOT, json=body, headers=key).json["link_secret"]
    row = session.scalars(select(IdempotencyKey)).one()
    assert row.answer.startswith("v1|")
    assert secret not in row.answer


def test_another_body_is_refused(client, body, key):
    client.post(ROOT, json=body, headers=key)
    other = client.post(ROOT, json={**body, "anonymous": True}, headers=key)
    assert (other.status_code, other.json["type"]) == (422, "urn:balai:masalah:kunci-dipakai-isi-lain")


def test_a_refused_request_may_be_corrected_and_sent_again(client, body, key, session):
    assert client.post(ROOT, json={**body, "data": {}}, headers=key).status_code == 422
    assert client.post(ROOT, json=body, headers=key).status_code == 201
    assert cases(session) == 1


def test_keys_belong_to_a_person_a_path_and_a_region(
    client, client_of, app, tenant, other_tenant, staffed, body, key, session
):
    me, other = bearer_for(app, tenant), bearer_for(app, tenant)
    codes = {client.post(ROOT, json=body, headers={**key, **who}).json["code"] for who in ({}, me, other)}
    assert len(codes) == 3
    staffed(other_tenant)
    there = {**body, "place": {"region": f"{other_tenant.region_code}.01", "landmark": "dekat jembatan"}}
    assert client_of(other_tenant).post(ROOT, json=there, headers=key).status_code == 201


def test_a_day_later_the_key_is_free(client, body, key, session):
    with clock.frozen(clock.now() - timedelta(hours=24, minutes=1)):
        client.post(ROOT, json=body, headers=key)
    assert client.post(ROOT, json=body, headers=key).status_code == 201
    assert cases(session) == 2


def test_old_answers_are_forgotten(client, body, key, session):
    with clock.frozen(clock.now() - timedelta(hours=25)):
        client.post(ROOT, json=body, headers=key)
    client.post(ROOT, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert forget_answers(session, None) == 1


def test_short_and_odd_keys_are_refused(client, body):
    for odd in ("short", "x" * 201, "tab\tinside-the-key"):
        answer = client.post(ROOT, json=body, headers={"Idempotency-Key": odd})
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_two_at_once_are_done_once(client_of, tenant, body, key, session):
    start = threading.Barrier(6)
    statuses = []

    def send():
        client = client_of(tenant)
        start.wait()
        statuses.append(client.post(ROOT, json=body, headers=key).status_code)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert cases(session) == 1
