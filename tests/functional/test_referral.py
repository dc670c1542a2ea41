"""Bukan kewenangan: a body of the list or another region, never nobody. Two regions, each seeing its own rows only."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from balai import cases, files, notify
from balai.audit import entries
from balai.cases import Case, Person, Reporter, tasks, timeline
from balai.cases.models import CaseFile, CaseLink, Referral
from balai.cases.moving import steps
from balai.cases.personal import marks
from balai.cases.referral import bodies, flow, receivers, services
from balai.clock import frozen, now
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.jobs.worker import drain
from balai.tenancy import tenant_scope
from balai.testing.offices import COMPLAINT, add_member

PLN = {"name": "PLN", "purpose": "listrik padam", "phone": "123", "topics": "listrik, tiang listrik"}


@pytest.fixture
def case(session, file_complaint):
    made = file_complaint(reporter=Reporter(name="Rina Sari", phone="081298765432", email="rina@contoh.id")).case
    session.commit()
    return made


@pytest.fixture
def rina(case):
    return Person("citizen", holds=frozenset({case.id}))


@pytest.fixture
def other(regions, staffed):
    """Another region that takes complaints."""
    tenant = regions()
    staffed(tenant)
    return tenant


def receiver(tenant, service="feedback.pengaduan"):
    return f"daerah:{tenant.region_code}:{service}"


def hand_on(session, case, office, to, reason="Jalan ini milik kota sebelah."):
    return cases.move_case(
        session, case.id, "alihkan", person=office.staff(), fields={"receiver": to, "reason": reason}
    )


def village(tenant):
    return f"{tenant.region_code}.01.2001"


def in_region(app, tenant):
    """(cases, links) of a region, read in its own scope."""
    with app.app_context(), tenant_scope(tenant) as session:
        rows = session.execute(select(Case.code, Case.service_id, Case.data, Case.region, Case.landmark)).all()
        links = session.execute(select(CaseLink.kind, CaseLink.other_code, CaseLink.receiver)).all()
        return rows, links


# --- a body of the list ---


def test_a_body_ends_the_case_with_its_contact(session, office, case):
    entry = bodies.save(session, office.staff("services.draw"), PLN)
    hand_on(session, case, office, f"instansi:{entry.id}", "Kabel milik PLN.")
    assert (case.outcome, case.state) == ("referred", "dialihkan")
    told = timeline.read(session, case, whole=False)[-1].words
    assert told == {"reason": "Kabel milik PLN.", "receiver": "PLN\nTelepon: 123"}
    (link,) = session.scalars(select(CaseLink)).all()
    assert (link.kind, link.receiver, link.other_code, link.other_id) == ("handed_over", "PLN", "", None)
    subject, body = notify.text_of(session, notify.box(session, case.id)[0])
    assert "Diteruskan" in subject
    assert "Telepon: 123" in body


@pytest.mark.parametrize(
    "written",
    ["Dinas sebelah", "instansi:", "instansi:00000000-0000-7000-8000-000000000000", "daerah:", "daerah:99.99:x.y"],
)
def test_nobody_is_sent_away_without_a_receiver(session, office, case, written):
    with pytest.raises(Invalid) as error:
        hand_on(session, case, office, written)
    assert [e.field for e in error.value.errors] == ["receiver"]
    assert case.state == "diterima"


def test_a_retired_or_unreachable_body_takes_nobody(session, office, case):
    manager = office.staff("services.draw")
    entry = bodies.save(session, manager, PLN)
    bodies.retire(session, manager, entry.id)
    assert bodies.offered(session, case) == []
    with pytest.raises(Invalid):
        hand_on(session, case, office, f"instansi:{entry.id}")
    bodies.retire(session, manager, entry.id, back=True)
    entry.phone = ""
    with pytest.raises(Invalid):
        hand_on(session, case, office, f"instansi:{entry.id}")


def test_the_guard_below_every_way(session, office, case):
    """Whoever takes a step past `move_case` is stopped too."""
    from balai.cases.moving import apply_step

    service = cases.rules(session, case)
    with pytest.raises(Conflict) as error:
        apply_step(session, case, service, service.workflow.transition("alihkan"), office.staff())
    assert error.value.slug == "tanpa-penerima"


# --- another region ---


def test_with_consent_a_new_case_is_filed_there(app, session, tenant, office, case, rina, other):
    photo = io.BytesIO()
    Image.new("RGB", (64, 48), "#336699").save(photo, "JPEG")
    kept = [files.store(session, photo.getvalue(), purpose="case.attachment", filename=f"{n}.jpg") for n in (1, 2)]
    cases.attach(session, case.id, [f.id for f in kept], person=rina)
    hand_on(session, case, office, receiver(other))
    assert (case.waits_for, case.due_at, case.is_open) == ("citizen", None, True)
    assert case.due_left is not None
    given = {"region": village(other), "landmark": "dekat pasar", "files": [str(kept[0].id)], "contact": True}
    services.answer(session, case.id, agreed=True, given=given, person=rina)
    assert (case.waits_for, flow.is_sending(case.state)) == ("other", True)
    session.commit()
    drain(app, tenant=tenant)
    session.expire_all()
    assert (case.outcome, case.state) == ("referred", "dialihkan")
    (new,), there = in_region(app, other)
    assert (new.service_id, new.region, new.landmark) == ("feedback.pengaduan", village(other), "dekat pasar")
    assert new.data == case.data
    assert there == [("received", case.code, tenant.name)]
    assert session.execute(select(CaseLink.kind, CaseLink.other_code, CaseLink.receiver)).all() == [
        ("handed_over", new.code, other.name)
    ]
    told = timeline.read(session, case, whole=True)[-1].words["receiver"]
    assert new.code in told
    assert "kunci=" not in told
    with app.app_context(), tenant_scope(other) as foreign:
        found = foreign.scalars(select(Case)).one()
        assert len(foreign.scalars(select(CaseFile)).all()) == 1
        assert [e.event.kind for e in timeline.read(foreign, found, whole=True)] == ["filed", "handed_over", "attached"]
    # The reporter gets the new code and the link; the message box keeps the link's secret out.
    mail = [m for m in messages_of(session, case) if m.template == "cases.refer_sent"]
    texts = {m.channel: notify.text_of(session, m)[1] for m in mail}
    assert new.code in texts["email"]
    assert "kunci=" in texts["email"]
    assert "kunci=" not in texts["inapp"]


def messages_of(session, case):
    from balai.notify import Message

    return session.scalars(select(Message).where(Message.about_id == case.id, Message.member_id.is_(None))).all()


def test_without_contact_nothing_personal_goes_along(app, session, tenant, office, case, rina, other):
    hand_on(session, case, office, receiver(other))
    services.answer(session, case.id, agreed=True, given={"region": village(other)}, person=rina)
    session.commit()
    drain(app, tenant=tenant)
    with app.app_context(), tenant_scope(other) as foreign:
        found = foreign.scalars(select(Case)).one()
        assert (found.contact_name, found.contact_phone, found.contact_email, found.pseudonym) == (None,) * 4
        assert found.landmark == "depan balai desa"
        assert foreign.scalars(select(CaseFile)).all() == []


def test_neither_region_sees_the_others_rows(app, session, tenant, office, case, rina, other, client_of):
    hand_on(session, case, office, receiver(other))
    services.answer(session, case.id, agreed=True, given={"region": village(other)}, person=rina)
    session.commit()
    drain(app, tenant=tenant)
    (new,), _links = in_region(app, other)
    assert [row.code for row in in_region(app, tenant)[0]] == [case.code]
    assert client_of(tenant).get(f"/lacak/{new.code}").status_code == 404
    assert client_of(other).get(f"/lacak/{case.code}").status_code == 404
    with app.app_context(), tenant_scope(other) as foreign:
        with pytest.raises(NotFound):
            services.answer(foreign, case.id, agreed=False, given={}, person=rina)
        assert foreign.scalars(select(Referral)).all() == []
        assert foreign.scalars(select(CaseLink.other_id)).all() == [None]


def test_a_worker_that_dies_between_the_halves_doubles_and_loses_nothing(
    app, session, tenant, office, case, rina, other, monkeypatch
):
    from balai.cases.referral import sending

    hand_on(session, case, office, receiver(other))
    services.answer(session, case.id, agreed=True, given={"region": village(other)}, person=rina)
    session.commit()
    made = services.running(session, case)
    session.rollback()

    class Killed(BaseException):
        pass

    def die(*_args, **_options):
        raise Killed

    monkeypatch.setattr(sending, "_end_here", die)
    with app.app_context(), tenant_scope(tenant) as dying, pytest.raises(Killed):
        sending.send_referral(dying, tenant, referral=made.id)
    monkeypatch.undo()
    (first,), _links = in_region(app, other)
    session.expire_all()
    assert flow.is_sending(case.state)
    session.rollback()
    drain(app, tenant=tenant)
    (second,), links = in_region(app, other)
    assert (first.code, len(links)) == (second.code, 1)
    session.expire_all()
    assert (case.outcome, services.latest(session, case).other_code) == ("referred", first.code)
    # Run again, nothing more happens.
    seq = case.seq
    with app.app_context(), tenant_scope(tenant) as again:
        sending.send_referral(again, tenant, referral=made.id)
    session.expire_all()
    assert (case.seq, len(in_region(app, other)[0])) == (seq, 1)


def test_a_no_ends_the_case_with_the_address(app, session, tenant, office, case, rina, other):
    hand_on(session, case, office, receiver(other))
    services.answer(session, case.id, agreed=False, given={}, person=rina)
    session.commit()
    drain(app, tenant=tenant)
    assert (case.outcome, services.latest(session, case).state) == ("referred", "refused")
    assert f"{other.slug}.localhost" in timeline.read(session, case, whole=True)[-1].words["receiver"]
    assert in_region(app, other) == ([], [])
    with pytest.raises(Conflict) as error:
        services.answer(session, case.id, agreed=True, given={"region": village(other)}, person=rina)
    assert error.value.slug == "tidak-ditanya"


def test_silence_is_no_consent(app, session, office, case, other):
    hand_on(session, case, office, receiver(other))
    with frozen(case.next_timer_at + timedelta(minutes=1)):
        tasks.ring(session, case.id)
    assert (case.outcome, services.latest(session, case).state) == ("referred", "lapsed")
    session.commit()
    assert in_region(app, other) == ([], [])


def test_staff_take_the_question_back_and_the_clock_goes_on(session, office, case, other):
    due = case.due_at
    hand_on(session, case, office, receiver(other))
    assert [s.demands for s in steps(session, case, office.staff())] == [("reason",)]
    (withdraw,) = steps(session, case, office.staff())
    with pytest.raises(Invalid):
        cases.move_case(session, case.id, withdraw.key, person=office.staff())
    cases.move_case(
        session, case.id, withdraw.key, person=office.staff(), fields={"reason": "Ternyata jalan kami sendiri."}
    )
    assert (case.state, case.due_at, services.running(session, case)) == ("diterima", due, None)


def test_consent_heard_at_the_counter_is_recorded_and_told(app, session, tenant, office, case, other):
    hand_on(session, case, office, receiver(other))
    given = {"region": village(other), "contact": True}
    with pytest.raises(Invalid):
        services.answer(session, case.id, agreed=True, given=given, person=office.staff(), via="link")
    stranger = Person("staff", member_id=add_member(session), permissions=frozenset({"cases.work"}))
    with pytest.raises(Forbidden):
        services.answer(session, case.id, agreed=True, given=given, person=stranger, via="counter")
    services.answer(session, case.id, agreed=True, given=given, person=office.staff(), via="counter")
    session.commit()
    assert [(e.data["via"], e.data["agreed"]) for e in entries(session, action="case.consent_heard")] == [
        ("counter", True)
    ]
    assert "cases.refer_agreed" in {m.template for m in messages_of(session, case)}
    drain(app, tenant=tenant)
    assert len(in_region(app, other)[0]) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "region"),
        ({"region": "99.99.01.2001"}, "region"),
        ({"region": "mine"}, "region"),
        ({"region": "there", "files": ["00000000-0000-7000-8000-000000000000"]}, "files"),
        ({"region": "there", "landmark": "x" * 301}, "landmark"),
    ],
    ids=["nowhere", "unknown", "of-the-wrong-region", "foreign-file", "too-long"],
)
def test_what_is_agreed_to_must_make_sense(session, tenant, office, case, rina, other, given, field):
    hand_on(session, case, office, receiver(other))
    given = {
        **given,
        "region": {"mine": "99.01.01.2001", "there": village(other)}.get(given.get("region"), given.get("region")),
    }
    with pytest.raises(Invalid) as error:
        services.answer(session, case.id, agreed=True, given=given, person=rina)
    assert [e.field for e in error.value.errors] == [field]
    assert services.running(session, case).state == "asked"


def test_nobody_else_answers(session, office, case, other):
    hand_on(session, case, office, receiver(other))
    with pytest.raises(NotFound):
        services.answer(session, case.id, agreed=True, given={}, person=Person("citizen"))


def test_a_region_that_takes_none_gives_the_case_back(app, session, tenant, office, case, rina, other):
    from balai.cases.models import ServiceSetting

    due = case.due_at
    hand_on(session, case, office, receiver(other))
    services.answer(session, case.id, agreed=True, given={"region": village(other)}, person=rina)
    session.commit()
    with app.app_context(), tenant_scope(other) as foreign:
        foreign.add(ServiceSetting(service_id="feedback.pengaduan", state="closing"))
    drain(app, tenant=tenant)
    session.expire_all()
    assert (case.state, case.due_at, services.latest(session, case).state) == ("diterima", due, "failed")
    assert in_region(app, other)[0] == []
    assert other.name in timeline.read(session, case, whole=True)[-1].words["note"]
    assert receivers.offers(session, case, cases.rules(session, case), other) == []


def test_only_fitting_services_of_other_regions_are_offered(app, session, tenant, office, case, other):
    service = cases.rules(session, case)
    assert [o.service_id for o in receivers.offers(session, case, service, other)] == ["feedback.pengaduan"]
    assert other.id in {t.id for t in receivers.regions(session)}
    assert tenant.id not in {t.id for t in receivers.regions(session)}
    with pytest.raises(Invalid):
        hand_on(session, case, office, receiver(tenant))
    with pytest.raises(Invalid):
        hand_on(session, case, office, receiver(other, "feedback.usul"))


def test_answers_find_their_place_in_another_form(session, app):
    complaint = cases.service(session, "feedback.pengaduan")
    idea = cases.service(session, "feedback.usul")
    answers = {"judul": "Taman", "bidang": "ekonomi", "uraian": "Anak-anak butuh taman bermain."}
    assert receivers.fit(idea, answers, complaint) == {"bidang": "lainnya", "uraian": answers["uraian"]}
    assert receivers.fit(complaint, COMPLAINT, complaint) == COMPLAINT
    information = cases.service(session, "feedback.permintaan-informasi")
    assert receivers.fit(complaint, COMPLAINT, information) is None


def test_the_rules_of_a_case_know_these_ways(session):
    service = flow.with_ways(cases.service(session, "feedback.pengaduan"))
    assert flow.with_ways(service) is service
    for state in service.workflow.states:
        assert state.outcome or service.workflow.leaving(state.key), state.key


def test_the_second_officer_sees_that_the_reporter_was_asked(session, office, case, other):
    seen = case.seq
    hand_on(session, case, office, receiver(other))
    with pytest.raises(Conflict) as error:
        cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."}, seen=seen)
    assert error.value.slug == "sudah-berubah"
    assert [c["kind"] for c in error.value.extra["changed"]] == ["asked"]


def test_what_must_not_be_used_goes_nowhere(app, session, tenant, office, case, rina, other):
    mark = marks.mark(session, case, "restricted", "diminta pelapor")
    with pytest.raises(Conflict) as refused:
        hand_on(session, case, office, receiver(other))
    assert refused.value.slug == "data-dibatasi"
    mark.ended_at = now()
    session.flush()
    hand_on(session, case, office, receiver(other))
    marks.mark(session, case, "restricted", "diminta pelapor")
    given = {"region": village(other), "contact": True}
    with pytest.raises(Conflict) as refused:
        services.answer(session, case.id, agreed=True, given=given, person=office.staff(), via="phone")
    assert refused.value.slug == "data-dibatasi"


def test_a_mark_that_comes_after_the_answer_stops_the_sending(app, session, tenant, office, case, rina, other):
    hand_on(session, case, office, receiver(other))
    services.answer(session, case.id, agreed=True, given={"region": village(other), "contact": True}, person=rina)
    marks.mark(session, case, "restricted", "diminta pelapor")
    session.commit()
    drain(app, tenant=tenant)
    session.expire_all()
    assert services.latest(session, case).state == "failed"
    assert in_region(app, other) == ([], [])
