"""The database connection dies at every single statement of every step: the step happened whole or not at all, and asking again
with the same key does it once.
"""

import uuid

import psycopg
import pytest
from sqlalchemy import func, select

from balai.auth import Member
from balai.cases import Case, CaseEvent
from balai.tenancy import tenant_scope
from balai.testing.identity import bearer_for
from balai.testing.offices import COMPLAINT

ROOT = "/api/v1/cases"
# A step has this many statements at most; the walk ends where nothing was left to cut.
MOST = 80


class Cutter:
    """Ends the backend of whatever connection sends statement number `at`, just before it does."""

    def __init__(self, monkeypatch, superuser_url):
        self.count, self.at, self._busy = 0, None, False
        real, url = psycopg.Cursor.execute, superuser_url

        def execute(cursor, *arguments, **options):
            if self.at is not None and not self._busy:
                self.count += 1
                if self.count == self.at:
                    self._busy = True
                    with psycopg.connect(url, autocommit=True) as chief:
                        chief.execute("SELECT pg_terminate_backend(%s, 5000)", (cursor.connection.info.backend_pid,))
                    self._busy = False
            return real(cursor, *arguments, **options)

        monkeypatch.setattr(psycopg.Cursor, "execute", execute)

    def __call__(self, at):
        self.count, self.at = 0, at

    @property
    def cut(self):
        return self.at is not None and self.count >= self.at


@pytest.fixture
def cutter(monkeypatch, database):
    return Cutter(monkeypatch, database.url("postgres"))


@pytest.fixture
def officer(app, tenant, office, session):
    return bearer_for(app, tenant, "officer", sub=session.get(Member, (tenant.id, office.officer_id)).sub)


def rows(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        cases = session.scalar(select(func.count()).select_from(Case))
        events = session.scalar(select(func.count()).select_from(CaseEvent))
        return cases, events, session.scalar(select(func.coalesce(func.sum(Case.seq), 0)))


def walk(app, tenant, cutter, ask, *, adds, ready=lambda: None):
    """Cut at statement 1, 2, 3 ... until a whole step goes by uncut; `adds`: (cases, events) of one step."""
    for at in range(1, MOST):
        known = ready()
        before, key = rows(app, tenant), str(uuid.uuid4())
        cutter(at)
        answer = ask(known, key)
        cut = cutter.cut
        cutter(None)
        after = rows(app, tenant)
        changed = (after[0] - before[0], after[1] - before[1])
        assert after[1] == after[2], "a case without all its events"
        if answer.status_code < 400:
            assert changed == adds, f"statement {at}: answered {answer.status_code} and wrote {changed}"
        else:
            assert answer.status_code in {500, 503}, answer.get_data(as_text=True)
            assert answer.content_type == "application/problem+json"
            assert changed in {(0, 0), adds}, f"statement {at} left half a step: {changed}"
        again = ask(known, key)
        assert again.status_code < 400, again.get_data(as_text=True)
        final = rows(app, tenant)
        assert (final[0] - before[0], final[1] - before[1]) == adds, f"statement {at}: not exactly once"
        if not cut:
            return at - 1
    pytest.fail("no end")


def post(client, path, body, key, headers=None):
    return client.post(path, json=body, headers={"Idempotency-Key": key, **(headers or {})})


@pytest.fixture
def complaint(tenant):
    place = {"region": f"{tenant.region_code}.01.2001", "landmark": "depan balai desa"}
    return {"service": "feedback.pengaduan", "data": COMPLAINT, "place": place}


@pytest.fixture
def fresh(client, complaint, office):
    def make():
        answer = client.post(ROOT, json=complaint)
        assert answer.status_code == 201, answer.json
        return answer.json

    return make


def test_filing(app, tenant, client, office, complaint, cutter):
    assert walk(app, tenant, cutter, lambda _k, key: post(client, ROOT, complaint, key), adds=(1, 1)) >= 3


def test_assigning(app, tenant, client, officer, fresh, cutter):
    def ask(filed, key):
        return post(client, f"{ROOT}/{filed['code']}/assignment", {"me": True}, key, officer)

    assert walk(app, tenant, cutter, ask, adds=(0, 1), ready=fresh) >= 3


def test_ending(app, tenant, client, officer, fresh, cutter):
    def ask(filed, key):
        body = {"step": "selesaikan", "fields": {"answer": "Lampu sudah diganti tadi malam."}}
        return post(client, f"{ROOT}/{filed['code']}/transitions", body, key, officer)

    assert walk(app, tenant, cutter, ask, adds=(0, 1), ready=fresh) >= 3


def test_rating(app, tenant, client, officer, fresh, cutter):
    def ready():
        filed = fresh()
        body = {"step": "selesaikan", "fields": {"answer": "Lampu sudah diganti tadi malam."}}
        assert client.post(f"{ROOT}/{filed['code']}/transitions", json=body, headers=officer).status_code == 200
        return filed

    def ask(filed, key):
        return post(client, f"{ROOT}/{filed['code']}/rating", {"stars": 5}, key, {"Link-Secret": filed["link_secret"]})

    assert walk(app, tenant, cutter, ask, adds=(0, 1), ready=ready) >= 3
