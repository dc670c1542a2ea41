"""Merged, taken out again, split; everybody behind a case told once."""

import io
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from balai import cases, files, notify
from balai.audit import entries
from balai.cases import Person, Reporter, timeline
from balai.cases.models import CaseFile, CaseFollower, CaseLink
from balai.cases.personal import marks
from balai.cases.together import following, merging, splitting, spreading
from balai.clock import frozen, now
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.jobs.worker import drain
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai.testing.offices import add_member
from balai.testing.reports import NEAR, spot


def merge(session, office, main, *others, **options):
    return merging.merge(session, main.id, [o.code for o in others], person=office.staff(), **options)


def test_merging_ends_the_others_in_the_main_one(session, office, report):
    main, other, third = report(), report(NEAR, who=Reporter(email="rina@contoh.id")), report(NEAR)
    due = main.due_at
    merge(session, office, main, other, third, reason="Lampu yang sama.")
    assert [(c.outcome, c.state, c.is_open) for c in (main, other, third)] == [
        (None, "diterima", True), ("merged", "2_gabung", False), ("merged", "2_gabung", False)
    ]  # fmt: skip
    assert (main.followers, main.due_at) == (2, due)
    assert [e.event.kind for e in timeline.read(session, main, whole=True)][-2:] == ["merged", "merged"]
    last = timeline.read(session, other, whole=True)[-1]
    assert (last.event.kind, last.event.to_state, last.words) == ("merged", "2_gabung", {"reason": "Lampu yang sama."})
    assert {(k.kind, k.other_code) for k in session.scalars(select(CaseLink))} == {("merged_into", main.code)}
    assert [e.data["into"] for e in entries(session, action="case.merged")] == [main.code] * 2
    subject, body = notify.text_of(session, notify.box(session, other.id)[0])
    assert "digabung" in subject
    assert main.code in body
    people = session.scalars(select(CaseFollower.person).where(CaseFollower.from_case == other.id)).all()
    assert people == [other.pseudonym]
    with pytest.raises(Conflict):
        cases.reopen(session, other.id, "Belum.", person=office.staff())


def test_everybody_is_told_once(app, session, office, tenant, report):
    main = report(who=Reporter(email="utama@contoh.id"))
    merged = report(NEAR, who=Reporter(email="gabung@contoh.id"))
    twin = report(NEAR, who=Reporter(email="gabung@contoh.id"))
    service = "feedback.pengaduan"
    for mail in ("ikut@contoh.id", "utama@contoh.id", "berhenti@contoh.id"):
        following.join(session, main.id, service_id=service, reporter=Reporter(email=mail), client_id=uuid.uuid4())
    from balai.notify import refusals

    refusals.refuse(session, refusals.index_of(session, "email", "berhenti@contoh.id"), by="page")
    quiet = report(NEAR, who=Reporter(email="dibatasi@contoh.id"))
    merge(session, office, main, merged, twin, quiet)
    marks.mark(session, quiet, "restricted", "diminta pelapor")
    session.commit()
    cases.move_case(
        session, main.id, "selesaikan", person=office.staff(), fields={"answer": "Bu Utama, lampu diganti."}
    )
    session.commit()
    drain(app, tenant=tenant)
    session.expire_all()
    sent = [
        (m.about_id, m.state, notify.text_of(session, m)[1], m)
        for m in session.scalars(
            select(Message).where(Message.template == spreading.TEMPLATE, Message.channel == "email")
        )
    ]
    assert len(sent) == 3  # the merged reporter once, the follower, and the one who wants none
    assert [state for _id, state, _text, _m in sent].count("unwanted") == 1
    assert all("Bu Utama" not in text and "Selesai" in text for _id, _state, text, _m in sent)
    assert all("berhenti" in text.lower() for _id, _state, text, _m in sent)
    # The merged reporters also read it in the box of their own page.
    for case in (merged, twin):
        assert spreading.TEMPLATE in {m.template for m in notify.box(session, case.id)}
    # Whose data isn't to be used isn't written to.
    assert spreading.TEMPLATE not in {m.template for m in notify.box(session, quiet.id)}


def test_of_a_case_that_must_not_be_used_nothing_is_told_on(app, session, office, tenant, report):
    main = report(who=Reporter(email="utama@contoh.id"))
    following.join(session, main.id, service_id="feedback.pengaduan", reporter=Reporter(email="ikut@contoh.id"))
    marks.mark(session, main, "restricted", "diminta pelapor")
    cases.move_case(session, main.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah diganti."})
    session.commit()
    drain(app, tenant=tenant)
    assert session.scalars(select(Message).where(Message.template == spreading.TEMPLATE)).all() == []


def test_a_question_is_the_reporters_alone(app, session, office, tenant, report):
    main = report(who=Reporter(email="utama@contoh.id"))
    following.join(session, main.id, service_id="feedback.pengaduan", reporter=Reporter(email="ikut@contoh.id"))
    cases.ask(session, main.id, "Tiang nomor berapa?", person=office.staff())
    session.commit()
    drain(app, tenant=tenant)
    assert session.scalars(select(Message).where(Message.template == spreading.TEMPLATE)).all() == []


def test_taking_it_out_again_brings_back_state_and_deadline(session, office, report):
    main, other = report(), report(NEAR)
    cases.move_case(session, other.id, "teruskan", person=office.staff())
    stood = (other.state, other.due_at, other.unit_id, other.waits_for)
    merge(session, office, main, other)
    merging.unmerge(session, other.id, person=office.staff())
    assert (other.state, other.due_at, other.unit_id, other.waits_for) == stood
    assert (other.outcome, other.closed_at, main.followers) == (None, None, 0)
    assert session.scalars(select(CaseLink)).all() == []
    assert session.scalars(select(CaseFollower)).all() == []
    moves = [(e.event.from_state, e.event.to_state) for e in timeline.read(session, other, whole=True)]
    assert moves[-2:] == [("dikerjakan", "2_gabung"), ("2_gabung", "dikerjakan")]
    assert other.reopened == 0
    cases.move_case(session, other.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})


def test_not_for_ever_and_not_from_a_closed_one(session, office, report):
    main, other = report(), report(NEAR)
    with pytest.raises(Conflict) as error:
        merging.unmerge(session, other.id, person=office.staff())
    assert error.value.slug == "tidak-digabung"
    merge(session, office, main, other)
    with frozen(now() + timedelta(days=31)), pytest.raises(Conflict) as error:
        merging.unmerge(session, other.id, person=office.staff())
    assert error.value.slug == "lewat-waktu"
    cases.move_case(session, main.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    with pytest.raises(Conflict) as error:
        merging.unmerge(session, other.id, person=office.staff())
    assert error.value.slug == "sudah-selesai"


def test_what_can_not_be_merged(session, tenant, office, report, file_complaint):
    main, other = report(), report(NEAR)
    idea = cases.file_case(
        session, cases.service(session, "feedback.usul"),
        {"judul": "Taman baca", "bidang": "pendidikan", "uraian": "Anak-anak butuh tempat."}, place=spot(tenant),
    ).case  # fmt: skip
    secret, test = report(published=False, visibility="secret"), report(published=False, is_test=True)
    closed = report(NEAR)
    cases.move_case(session, closed.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    for wrong in (idea, secret, test):
        with pytest.raises(Invalid) as error:
            merge(session, office, main, wrong)
        assert [e.field for e in error.value.errors] == ["codes"]
    with pytest.raises(Invalid):
        merge(session, office, main)
    with pytest.raises(Invalid):
        merge(session, office, main, main)
    with pytest.raises(Conflict):
        merge(session, office, main, closed)
    with pytest.raises(NotFound):
        merging.merge(session, main.id, ["9999-00000-00000-0"], person=office.staff())
    stranger = Person("staff", member_id=add_member(session), permissions=frozenset({"cases.work"}))
    with pytest.raises(Forbidden):
        merging.merge(session, main.id, [other.code], person=stranger)
    with pytest.raises(NotFound):
        merging.merge(session, main.id, [other.code], person=Person("citizen"))


def test_one_merges_while_the_other_answers(session, office, report):
    """The second sees what changed, on either side."""
    main, other = report(), report(NEAR)
    seen = {c.id: c.seq for c in (main, other)}
    merge(session, office, main, other, seen=seen[main.id])
    with pytest.raises(Conflict) as error:
        cases.move_case(
            session, main.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."}, seen=seen[main.id]
        )
    assert [c["kind"] for c in error.value.extra["changed"]] == ["merged"]
    with pytest.raises(Conflict) as error:
        cases.move_case(
            session, other.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."}, seen=seen[other.id]
        )
    assert error.value.slug == "sudah-berubah"
    with pytest.raises(Conflict) as error:
        merge(session, office, main, report(NEAR), seen=seen[main.id])
    assert error.value.slug == "sudah-berubah"


def test_two_who_merge_crosswise_end_with_one_of_them(app, session, tenant, office, report):
    one, two = report(), report(NEAR)
    session.commit()
    start = threading.Barrier(2)
    pairs = [(one.id, two.code), (two.id, one.code)]

    def run(n):
        with app.app_context(), tenant_scope(tenant) as mine:
            mine.execute(select(1))
            start.wait(10)
            try:
                merging.merge(mine, pairs[n][0], [pairs[n][1]], person=office.staff())
            except Conflict:
                mine.rollback()
                return "late"
            return "first"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(f.result(30) for f in [pool.submit(run, n) for n in range(2)])
    assert answers == ["first", "late"]
    session.expire_all()
    assert sorted(c.outcome or "" for c in (one, two)) == ["", "merged"]


def test_merged_into_merged_is_told_too(app, session, office, tenant, report):
    first, second, third = report(who=Reporter(email="satu@contoh.id")), report(NEAR), report(NEAR)
    merge(session, office, second, first)
    merge(session, office, third, second)
    assert third.followers == 2
    session.commit()
    cases.move_case(session, third.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    session.commit()
    drain(app, tenant=tenant)
    assert spreading.TEMPLATE in {m.template for m in notify.box(session, first.id)}


def test_one_report_of_two_problems(session, office, report):
    case = report(
        who=Reporter(name="Rina", email="rina@contoh.id"), uraian="Lampu padam, dan sampah menumpuk di pasar."
    )
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "#336699").save(picture, "JPEG")
    kept = [files.store(session, picture.getvalue(), purpose="case.attachment", filename=f"{n}.jpg") for n in (1, 2)]
    cases.attach(session, case.id, [f.id for f in kept], person=Person("citizen", holds=frozenset({case.id})))
    client = uuid.uuid4()
    text = "Sampah menumpuk di pasar."
    filed = splitting.split(session, case.id, person=office.staff(), text=text, files=[kept[1].id], client_id=client)
    again = splitting.split(session, case.id, person=office.staff(), text=text, files=[kept[1].id], client_id=client)
    assert (again.code, again.created) == (filed.code, False)
    new = filed.case
    assert (new.data["uraian"], new.data["bidang"], new.region) == (text, case.data["bidang"], case.region)
    assert (new.pseudonym, new.assisted, new.latitude) == (case.pseudonym, False, case.latitude)
    owners = dict(session.execute(select(CaseFile.file_id, CaseFile.case_id)).all())
    assert owners == {kept[0].id: case.id, kept[1].id: new.id}
    (link,) = session.scalars(select(CaseLink)).all()
    assert (link.case_id, link.kind, link.other_code) == (new.id, "split_from", case.code)
    for one in (case, new):
        assert timeline.read(session, one, whole=True)[-1].event.data.keys() == {"split"}
    assert any(new.code in notify.text_of(session, m)[0] for m in notify.box(session, new.id))
    assert [e.data["new"] for e in entries(session, action="case.split")] == [new.code]
    # Undone by merging it back.
    merge(session, office, case, new)
    assert new.outcome == "merged"


def test_what_can_not_be_split(session, office, report):
    case, stranger = report(), Person("staff", member_id=add_member(session), permissions=frozenset({"cases.work"}))
    with pytest.raises(Invalid) as error:
        splitting.split(session, case.id, person=office.staff(), text="x")
    assert [e.field for e in error.value.errors] == ["text"]
    with pytest.raises(Invalid) as error:
        splitting.split(session, case.id, person=office.staff(), text="Sampah menumpuk.", files=[uuid.uuid4()])
    assert [e.field for e in error.value.errors] == ["files"]
    with pytest.raises(Forbidden):
        splitting.split(session, case.id, person=stranger, text="Sampah menumpuk.")
    with pytest.raises(Conflict):
        splitting.split(session, case.id, person=office.staff(), text="Sampah menumpuk.", seen=0)
    cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    with pytest.raises(Conflict):
        splitting.split(session, case.id, person=office.staff(), text="Sampah menumpuk.")


def test_what_must_not_be_used_is_not_split_off(session, office, report):
    case = report(who=Reporter(name="Rina", email="rina@contoh.id"))
    marks.mark(session, case, "restricted", "diminta pelapor")
    with pytest.raises(Conflict) as error:
        splitting.split(session, case.id, person=office.staff(), text="Sampah menumpuk.")
    assert error.value.slug == "data-dibatasi"
