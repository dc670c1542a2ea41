"""Filing: what is taken in, what is asked to be corrected, what is stored and how."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from balai import cases, keys
from balai.cases import Case, CaseEvent, Place, Reporter, Unit
from balai.cases.filing import REPEATED
from balai.cases.models import CaseLookup
from balai.clock import frozen, now
from balai.errors import Conflict, Invalid, NotFound
from balai.testing.offices import COMPLAINT
from balai.testing.pages import post_form


def faults(error):
    return {e.field: e.message for e in error.value.errors}


def test_a_complaint_gets_code_state_unit_and_date(session, tenant, office, file_complaint):
    filed = file_complaint(reporter=Reporter(name="Rina", phone="0812-3456-7890"))
    session.commit()
    case = session.scalars(select(Case)).one()
    assert filed.code.startswith(tenant.region_code.replace(".", "") + "-")
    assert (case.state, case.waits_for, case.outcome, case.unit_id) == ("diterima", "staff", None, office.unit_id)
    assert case.region == f"{tenant.region_code}.01.2001"
    assert case.due_at > case.filed_at
    assert case.summary.startswith("Lampu jalan depan")
    events = session.scalars(select(CaseEvent)).all()
    assert [(e.seq, e.kind, e.to_state) for e in events] == [(1, "filed", "diterima")]


def test_what_is_personal_is_sealed(session, file_complaint):
    file_complaint(reporter=Reporter(name="Rina Sari", phone="0812-3456-7890", email="Rina@Contoh.id"))
    session.commit()
    case = session.scalars(select(Case)).one()
    for sealed in (case.contact_name, case.contact_phone, case.contact_email):
        assert sealed.startswith("v1|")
    assert keys.reveal(session, case, "contact_phone") == "+6281234567890"
    index = keys.blind_index(session, "phone", "+62 812 3456 7890")
    assert session.scalars(select(CaseLookup.case_id).where(CaseLookup.value_index == index)).one() == case.id
    assert case.pseudonym is not None


def test_anonymous_means_no_name_and_no_account(session, file_complaint):
    file_complaint(anonymity="anonymous", reporter=Reporter(sub=str(uuid.uuid4()), name="Rina", phone="081234567890"))
    case = session.scalars(select(Case)).one()
    assert (case.contact_name, case.reporter_index) == (None, None)
    assert keys.reveal(session, case, "contact_phone") == "+6281234567890"  # for notify alone
    nobody = file_complaint(anonymity="anonymous")
    assert nobody.case.pseudonym is None


def test_a_secret_case_keeps_all_words_sealed(session, file_complaint):
    case = file_complaint(visibility="secret").case
    session.commit()
    assert (case.data, case.landmark) == ({}, "")
    assert "Lampu" not in case.summary
    assert "Lampu jalan" in keys.reveal(session, case, "personal")


def test_the_same_phone_files_once(session, file_complaint):
    client_id = uuid.uuid4()
    first = file_complaint(client_id=client_id)
    session.commit()
    again = file_complaint({"uraian": "Yang kedua kali dikirim karena sinyal putus."}, client_id=client_id)
    assert (again.created, again.code, again.link_secret) == (False, first.code, first.link_secret)
    assert len(session.scalars(select(Case)).all()) == 1


def test_everything_to_correct_is_told_at_once(session, file_complaint):
    with pytest.raises(Invalid) as error:
        file_complaint(
            {"bidang": "cuaca", "uraian": "x", "tinggi": 3},
            place=Place("11.11.11", ""),
            reporter=Reporter(phone="12", email="bukan"),
            channel="merpati",
        )
    assert set(faults(error)) == {"bidang", "uraian", "tinggi", "region", "phone", "email", "channel"}


def test_another_regions_village_is_refused(session, other_tenant, file_complaint):
    with pytest.raises(Invalid) as error:
        file_complaint(place=Place(f"{other_tenant.region_code}.01.2001", "depan pasar"))
    assert "daftar daerah ini" in faults(error)["region"]


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (("", "depan masjid"), "region"),
        (("v", ""), "landmark"),
        (("v", "depan masjid", 1.0, None), "latitude"),
        (("v", "depan masjid", 99.0, 107.0), "latitude"),
    ],
)
def test_a_place_needs_village_and_landmark(tenant, file_complaint, place, field):
    region = f"{tenant.region_code}.01.2001" if place[0] else ""
    with pytest.raises(Invalid) as error:
        file_complaint(place=Place(region, *place[1:]))
    assert field in faults(error)


def test_a_filer_may_only_be_stricter(session, office):
    service = cases.service(session, "feedback.permintaan-informasi")
    with pytest.raises(Invalid) as error:
        cases.file_case(session, service, {}, visibility="public", anonymity="anonymous", place=Place("x"))
    assert {"visibility", "anonymity", "rincian"} <= set(faults(error))


def test_nobody_there_means_no_letterbox(session, tenant):
    service = cases.service(session, "feedback.pengaduan")
    accepted = cases.accepts(tenant, service, session=session)
    assert not accepted.open
    assert len(accepted.missing) == 2
    with pytest.raises(Conflict):
        cases.file_case(session, service, COMPLAINT, place=Place(f"{tenant.region_code}.01.2001", "depan masjid"))


def test_a_last_member_who_leaves_closes_the_letterbox(session, tenant, office):
    from balai.auth import Member

    service = cases.service(session, "feedback.pengaduan")
    assert cases.accepts(tenant, service, session=session).open
    session.scalars(select(Member)).one().active = False
    session.flush()
    assert not cases.accepts(tenant, service, session=session).open


def test_a_service_of_a_closed_plugin_isnt_there(regions, app):
    from balai.tenancy import tenant_scope

    closed = regions(plugins=())
    with app.app_context(), tenant_scope(closed) as session:
        # What the law demands of every region is no plugin's.
        assert {s.owner for s in cases.services(session, audience=None)} == {"privasi"}
        with pytest.raises(NotFound):
            cases.service(session, "feedback.pengaduan")


def test_a_case_keeps_the_rules_it_began_with(session, tenant, office, file_complaint):
    from balai.cases import ServiceSetting

    old = file_complaint().case
    session.add(ServiceSetting(service_id="feedback.pengaduan", sla={"diterima": 1}, texts={"state.diterima": "Baru"}))
    session.flush()
    new = file_complaint().case
    assert new.service_version == old.service_version + 1
    assert cases.rules(session, old).workflow.state("diterima").sla_days == 3
    assert cases.rules(session, new).workflow.state("diterima").label == "Baru"
    assert new.due_at < old.due_at
    assert file_complaint().case.service_version == new.service_version


def test_two_regions_never_meet(session, other_tenant, staffed, file_complaint):
    from balai.tenancy import tenant_scope

    filed = file_complaint()
    session.commit()
    staffed(other_tenant)
    with tenant_scope(other_tenant) as elsewhere:
        assert elsewhere.scalars(select(Case)).all() == []
        assert elsewhere.scalars(select(Unit)).one().tenant_id == other_tenant.id
        with pytest.raises(NotFound):
            cases.read_case(elsewhere, cases.SYSTEM, filed.code)


def test_the_id_of_an_old_form_opens_nothing(client_of, tenant, office, session, file_complaint):
    """Within the time that a phone repeats itself the same id gets the same link; later it is a key that somebody has found."""
    fresh, old = uuid.uuid4(), uuid.uuid4()
    made = file_complaint(client_id=fresh, visibility="private")
    with frozen(now() - REPEATED - timedelta(days=1)):
        before = file_complaint(client_id=old, visibility="private")
    session.commit()
    for client_id, case, own in ((fresh, made, 200), (old, before, 303)):
        phone = client_of(tenant)
        sent = post_form(phone, "/layanan/feedback/pengaduan", {"client_id": str(client_id)})
        assert sent.location == f"/lacak/{case.code}/terkirim"
        assert phone.get(sent.location).status_code == own
