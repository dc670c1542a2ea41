"""Search and sharing out work over the API: the inbox's own rules, from a token."""

import pytest

from balai import cases
from balai.auth import Member
from balai.cases import units
from balai.testing.identity import bearer_for
from balai.testing.offices import COMPLAINT, add_member

ROOT = "/api/v1/cases"


@pytest.fixture
def people(app, session, tenant, office):
    """Tokens of the admin unit's head, of a clerk of another unit, and of a citizen; the other unit and its clerk."""
    head = bearer_for(app, tenant, "officer", sub=session.get(Member, (tenant.id, office.officer_id)).sub)
    boss, clerk = add_member(session, "Sari"), add_member(session, "Joko")
    works = units.create_unit(session, name="Dinas PU", head_id=boss)
    units.add_member(session, works, clerk)
    session.commit()
    tokens = {
        name: bearer_for(app, tenant, "officer", sub=session.get(Member, (tenant.id, member)).sub)
        for name, member in (("boss", boss), ("clerk", clerk))
    }
    return {"head": head, **tokens, "citizen": bearer_for(app, tenant, sub="warga"), "works": works.id, "id": clerk}


@pytest.fixture
def filed(session, tenant, office):
    """Codes of three complaints: a lamp, a pothole, a private one about a lamp."""
    service, place = (
        cases.service(session, "feedback.pengaduan"),
        cases.Place(f"{tenant.region_code}.01.2001", "balai desa"),
    )
    words = (("Lampu jalan padam", "public"), ("Jalan berlubang besar", "public"), ("Lampu taman padam", "private"))
    made = [
        cases.file_case(session, service, COMPLAINT | {"uraian": f"{text} sejak Senin."}, place=place, visibility=seen)
        for text, seen in words
    ]
    session.commit()
    return [f.code for f in made]


def codes(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [item["code"] for item in answer.json["items"]]


def test_words_codes_and_places_find(client, people, filed):
    head = people["head"]
    assert codes(client.get(f"{ROOT}?q=lampu", headers=head)) == [filed[2], filed[0]]
    assert codes(client.get(f"{ROOT}?q={filed[1]}", headers=head)) == [filed[1]]
    assert codes(client.get(f"{ROOT}?q={filed[1][5:8]}", headers=head)) == [filed[1]]
    assert codes(client.get(f"{ROOT}?q=lampu&open=false", headers=head)) == []
    assert codes(client.get(f"{ROOT}?q=lampu&service=feedback.usul", headers=head)) == []
    first = client.get(f"{ROOT}?q=lampu&limit=1", headers=head)
    assert codes(first) == [filed[2]]
    assert codes(client.get(f"{ROOT}?q=lampu&cursor={first.json['next']}", headers=head)) == [filed[0]]


def test_search_shows_nobody_more_than_lists_do(client, client_of, other_tenant, people, filed, app):
    assert codes(client.get(f"{ROOT}?q=lampu", headers=people["clerk"])) == [filed[0]]
    assert client.get(f"{ROOT}?q=lampu", headers=people["citizen"]).status_code == 403
    foreign = bearer_for(app, other_tenant, "admin", "officer")
    assert codes(client_of(other_tenant).get(f"{ROOT}?q=lampu", headers=foreign)) == []


def test_a_head_shares_out_and_a_clerk_takes(client, people, filed):
    path = f"{ROOT}/{filed[0]}/assignment"
    refused = client.post(path, json={"unit": str(people["works"]), "me": True}, headers=people["clerk"])
    assert refused.status_code == 403
    given = client.post(path, json={"unit": str(people["works"])}, headers=people["head"])
    assert given.status_code == 200, given.json
    taken = client.post(path, json={"me": True}, headers=people["clerk"])
    assert taken.status_code == 200, taken.json
    listed = client.get(f"{ROOT}?q={filed[0]}", headers=people["boss"]).json["items"][0]
    assert (listed["unit"], listed["assignee"]) == (str(people["works"]), str(people["id"]))


def test_an_old_page_assigns_nothing(client, people, filed):
    path, head = f"{ROOT}/{filed[1]}/assignment", people["head"]
    assert client.post(path, json={"me": True, "seq": 1}, headers=head).status_code == 200
    assert client.post(path, json={"seq": 1}, headers=head).status_code == 409
    assert client.post(path, json={}, headers=head | {"If-Match": '"1"'}).status_code == 412
    assert client.post(path, json={"member": "orang lain"}, headers=head).status_code == 422
    assert client.post(path, json={"me": True}).status_code == 401


def test_only_colleagues_of_the_unit_get_work(client, people, filed):
    answer = client.post(f"{ROOT}/{filed[1]}/assignment", json={"member": str(people["id"])}, headers=people["head"])
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "member_id"
