"""Several at once: the same phone twice, two officers on one case, the first cases of a fresh region."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from balai import cases
from balai.cases import Case, CaseEvent
from balai.cases.models import ServiceVersion, Unit
from balai.errors import Conflict
from balai.tenancy import tenant_scope
from balai.testing.offices import COMPLAINT


def together(app, tenant, count, act):
    """Run `act(session, n)` in `count` threads, each in a transaction of its own, begun at the same moment."""
    start = threading.Barrier(count)

    def run(n):
        with app.app_context(), tenant_scope(tenant) as session:
            session.execute(select(1))
            start.wait(10)
            return act(session, n)

    with ThreadPoolExecutor(count) as pool:
        return [f.result() for f in [pool.submit(run, n) for n in range(count)]]


def file_one(session, tenant, **options):
    service = cases.service(session, "feedback.pengaduan")
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
    filed = cases.file_case(session, service, COMPLAINT, place=place, **options)
    return filed.code, filed.link_secret, filed.created


def test_the_same_phone_twice_at_once_files_once(app, tenant, office, session):
    client_id = uuid.uuid4()
    answers = together(app, tenant, 4, lambda s, _n: file_one(s, tenant, client_id=client_id))
    assert len({(code, secret) for code, secret, _created in answers}) == 1
    assert [created for _code, _secret, created in answers].count(True) == 1
    assert session.scalar(select(func.count()).select_from(Case)) == 1
    assert session.scalar(select(func.count()).select_from(CaseEvent)) == 1


def test_the_first_cases_of_a_region_share_one_version(app, tenant, office, session):
    codes = {code for code, _secret, _created in together(app, tenant, 4, lambda s, _n: file_one(s, tenant))}
    assert len(codes) == 4
    assert len(session.scalars(select(ServiceVersion.version)).all()) == 1


def test_a_region_gets_one_admin_unit(app, tenant, session):
    from balai.cases.units import admin_unit

    ids = together(app, tenant, 4, lambda s, _n: admin_unit(s).id)
    assert len(set(ids)) == 1
    assert session.scalar(select(func.count()).select_from(Unit)) == 1


def test_two_officers_at_once_take_one_step(app, tenant, office, session, file_complaint):
    case = file_complaint().case
    session.commit()

    def decide(own, n):
        step, fields = (("selesaikan", {"answer": "Beres."}), ("tolak", {"reason": "Tidak ada."}))[n]
        try:
            return cases.move_case(own, case.id, step, person=office.staff(), fields=fields, seen=case.seq).state
        except Conflict as conflict:
            return conflict.slug

    outcomes = together(app, tenant, 2, decide)
    assert outcomes.count("sudah-berubah") == 1
    session.refresh(case)
    assert case.state in outcomes
    assert session.scalars(select(CaseEvent.seq).order_by(CaseEvent.seq)).all() == [1, 2]


def test_offers_and_accepts_agree(session, tenant, office):
    from balai.cases import units

    lone = units.create_unit(session, name="Kosong")
    units.map_slot(session, "feedback.usul", "penerima", lone.id)
    offered = cases.offers(session)
    assert len([s for s, _accepted in offered if s.owner == "feedback"]) == 3
    for service, accepted in offered:
        assert accepted == cases.accepts(tenant, service, session=session)
    assert {s.key for s, a in offered if not a.open} == {"usul"}
