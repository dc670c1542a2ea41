"""The list of other bodies: kept by those who may, from a file or a list to begin with; documents that must ask for one."""

import pytest

from balai.audit import entries
from balai.cases.referral import bodies
from balai.errors import Forbidden, Invalid

PLN = {"name": "PLN", "purpose": "listrik padam", "phone": "123", "topics": "listrik, tiang listrik"}


def test_the_list_is_kept_by_those_who_may(session, office):
    with pytest.raises(Forbidden):
        bodies.save(session, office.staff("cases.work"), PLN)
    entry = bodies.save(session, office.staff("services.draw"), PLN)
    assert entry.topics == ["listrik", "tiang listrik"]
    with pytest.raises(Invalid) as error:
        bodies.save(
            session, office.staff("services.draw"), PLN | {"name": "pln", "phone": "abc", "url": "javascript:x"}
        )
    assert {e.field for e in error.value.errors} == {"name", "phone", "url"}
    with pytest.raises(Invalid) as error:
        bodies.save(session, office.staff("services.draw"), {"name": "Samsat", "purpose": "pajak kendaraan"})
    assert [e.field for e in error.value.errors] == ["phone"]
    acts = [e.action for e in entries(session) if e.action.startswith("body.")]
    assert acts == ["body.added"]


def test_starters_have_no_invented_numbers(session, office):
    added = bodies.add_starters(session, office.staff("services.draw"))
    found = bodies.all_bodies(session)
    assert len(found) == added > 8
    assert {(e.phone, e.address, e.email) for e in found} == {("", "", "")}
    assert bodies.add_starters(session, office.staff("services.draw")) == 0


def test_a_csv_file_is_taken_whole_or_not_at_all(session, office):
    manager = office.staff("members.manage")
    good = "nama;untuk;telepon;topik\nPLN;listrik padam;123;listrik\nSamsat;pajak kendaraan;(022) 111;STNK, BPKB\n"
    assert bodies.import_csv(session, manager, good.encode()) == (2, 0)
    assert bodies.import_csv(session, manager, b"nama;alamat\npln;Jalan Asia Afrika 63\n") == (0, 1)
    entry = next(e for e in bodies.all_bodies(session) if e.name.lower() == "pln")
    assert (entry.phone, entry.address) == ("123", "Jalan Asia Afrika 63")
    bad = "nama;untuk;telepon\nBPN;tanah;(022) 5\nXY;;abc\n"
    with pytest.raises(Invalid) as error:
        bodies.import_csv(session, manager, bad.encode())
    assert all("Baris 3" in e.message for e in error.value.errors)
    assert len(bodies.all_bodies(session)) == 2
    for wrong in (b"warna\nmerah\n", b"nama;warna\nPLN;merah\n"):
        with pytest.raises(Invalid):
            bodies.import_csv(session, manager, wrong)


def test_the_likeliest_body_stands_first(session, office, file_complaint):
    manager = office.staff("services.draw")
    bodies.save(session, manager, PLN)
    bodies.save(session, manager, {"name": "Agraria", "purpose": "tanah", "phone": "022 1", "topics": "tanah"})
    case = file_complaint({"uraian": "Tiang listrik miring di dekat sekolah kami."}).case
    assert [e.name for e in bodies.offered(session, case)] == ["PLN", "Agraria"]


# --- documents ---


def test_a_document_must_ask_for_the_receiver():
    from balai.cases.documents import building, checks

    shape = {
        "key": "uji", "version": 1, "titles": {"id": "Uji"}, "summary": {"id": "Uji"}, "sector": "administrasi", "topic": "uji",
        "workflow": {
            "start": "masuk",
            "states": [
                {"key": "masuk", "label": "Masuk", "slot": "penerima", "sla_days": 3},
                {"key": "pergi", "label": "Pergi", "outcome": "referred"},
            ],
            "transitions": [{"key": "alih", "from": "masuk", "to": "pergi", "label": "Bukan kami"}],
        },
    }  # fmt: skip
    service = building.build("daerah", shape)
    (fault,) = checks.meaning_faults(service, frozenset())
    assert "receiver" in str(fault)
    shape["workflow"]["transitions"][0] |= {"by": "citizen", "demands": ["receiver"]}
    faults = checks.meaning_faults(building.build("daerah", shape), frozenset())
    assert any("hanya petugas" in str(fault) for fault in faults)


def test_one_act_on_many_sends_nobody_away(session, office, file_complaint):
    from balai.cases.officer import bulk

    made = [file_complaint().case for _n in range(2)]
    result = bulk.step(session, office.staff(), [c.code for c in made], "alihkan")
    assert (result.done, len(result.skipped)) == (0, 2)
    assert {c.outcome for c in made} == {None}
    for case in made:
        assert "alihkan" not in {s.key for s in bulk.quick_steps(session, case, office.staff())}
