"""The region's own days, week and hours: read from a form or a list, shown with their effect, kept; what deadlines then do."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from balai import audit, cases
from balai.cases import catalogue, tasks, units
from balai.cases.days import reading, services
from balai.cases.days.reading import Row
from balai.cases.models import Case, OwnDay, WorkWeek
from balai.clock import frozen
from balai.errors import Invalid
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.offices import COMPLAINT
from balai.testing.pages import post_form

HERE = "/kelola/hari-kerja"
TUESDAY = datetime(2026, 11, 24, 3, tzinfo=UTC)  # 10.00 in Jakarta
OFFICE_HOURS = {str(day): ["07.30", "16.00"] for day in range(5)}


@pytest.fixture
def clock():
    with frozen(TUESDAY):
        yield


@pytest.fixture
def case(session, clock, file_complaint):
    """Filed on Tuesday, due on Friday (three working days)."""
    made = file_complaint().case
    session.commit()
    assert due(session, made) == "2026-11-27 23:59"
    return made


def due(session, case):
    session.refresh(case)
    zone = catalogue.tenant_of(session).zone
    return case.due_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def off(day, name="Hari jadi kota"):
    return Row(date.fromisoformat(day), name, "libur")


# --- what a change does ---


def test_an_own_holiday_moves_the_deadline_and_the_reminder(session, case):
    before = case.next_timer_at
    rows = [off("2026-11-26")]
    seen = services.effect_of(session, services.check_days(session, rows))
    assert (seen.count, seen.shown[0].code) == (1, case.code)
    assert due(session, case) == "2026-11-27 23:59", "a preview changes nothing"
    assert services.keep_days(session, rows).count == 1
    assert due(session, case) == "2026-11-30 23:59"
    assert case.next_timer_at > before
    entry = next(e for e in audit.entries(session) if e.action == "days.changed")
    assert (entry.data["deadlines"], entry.data["days"][0]["day"]) == (1, "2026-11-26")


def test_a_working_saturday_brings_it_nearer_and_taking_it_out_back_again(session, case):
    services.keep_days(session, [off("2026-11-26"), Row(date(2026, 11, 28), "Masuk pengganti", "kerja")])
    assert due(session, case) == "2026-11-28 23:59"
    services.keep_days(session, [Row(date(2026, 11, 28), "", "hapus")])
    assert due(session, case) == "2026-11-30 23:59"


def test_a_day_behind_the_deadline_changes_nothing(session, case):
    assert services.keep_days(session, [off("2026-12-02")]).count == 0
    assert due(session, case) == "2026-11-27 23:59"


def test_what_has_passed_is_not_counted_anew(session, tenant, case):
    with frozen(TUESDAY + timedelta(days=6)):
        tasks.run_clock(session, tenant)
        assert case.is_overdue
        kept = case.due_at
        services.keep_days(session, [off("2026-12-01")])
        session.refresh(case)
        assert (case.due_at, case.is_overdue) == (kept, True)


def test_a_resumed_deadline_keeps_what_was_left(session, office, case):
    citizen = cases.Person("citizen", holds=frozenset({case.id}))
    with frozen(TUESDAY + timedelta(days=1)):
        cases.ask(session, case.id, "Di sebelah mana?", person=office.staff())
        services.keep_days(session, [off("2026-12-01")])
        assert (case.due_at, case.due_left) == (None, 2)
    with frozen(TUESDAY + timedelta(days=6)):  # Monday the 30th
        cases.answer(session, case.id, "Sebelah kiri.", person=citizen)
        assert due(session, case) == "2026-12-03 23:59"
        services.keep_days(session, [off("2026-12-02")])
        assert due(session, case) == "2026-12-04 23:59"


def test_a_law_s_hours_know_no_holidays(session, office, case):
    """Rights over one's data run for 72 hours; a case under such rules keeps its deadline whatever the region's days are."""
    flow = catalogue.rules(session, case).workflow
    timed = replace(flow.state(case.state), sla_days=None, sla_hours=72)
    states = tuple(timed if s.key == case.state else s for s in flow.states)
    service = replace(cases.service(session, "feedback.pengaduan"), workflow=replace(flow, states=states))
    place = cases.Place(f"{catalogue.tenant_of(session).region_code}.01.2001", "balai desa")
    made = cases.file_case(session, service, COMPLAINT, place=place).case
    assert due(session, made) == "2026-11-27 10:00"
    assert services.keep_days(session, [off("2026-11-26")]).count == 1, "only the other one"
    assert due(session, made) == "2026-11-27 10:00"


def test_hours_put_the_deadline_on_closing_time_from_their_day_on(session, case):
    done = services.keep_week(session, date(2026, 11, 25), OFFICE_HOURS)
    assert done.count == 1
    assert due(session, case) == "2026-11-27 16:00"
    services.drop_week(session, date(2026, 11, 25))
    assert due(session, case) == "2026-11-27 23:59"


def test_a_six_day_week(session, case, file_complaint):
    services.keep_days(session, [off("2026-11-26")])
    services.keep_week(session, date(2026, 11, 25), dict.fromkeys(map(str, range(6))))
    assert due(session, case) == "2026-11-28 23:59"
    with frozen(datetime(2026, 11, 27, 3, tzinfo=UTC)):
        session.commit()
        assert due(session, file_complaint().case) == "2026-12-01 23:59"


def test_what_arrives_after_closing_counts_as_the_next_day(session, clock, file_complaint):
    services.keep_week(session, date(2026, 11, 25), OFFICE_HOURS)
    session.commit()
    for hour, expected in (
        (8, "2026-11-30 16:00"),
        (10, "2026-12-01 16:00"),
    ):  # 15.00 and 17.00 on Wednesday in Jakarta
        with frozen(datetime(2026, 11, 25, hour, tzinfo=UTC)):
            assert due(session, file_complaint().case) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Jakarta", "2026-11-27 16:00"),
        ("Asia/Makassar", "2026-11-27 16:00"),
        ("Asia/Jayapura", "2026-11-27 16:00"),
    ],
)
def test_each_zone_has_its_own_closing_time(app, regions, staffed, zone, expected):
    tenant = regions(timezone=zone)
    staffed(tenant)
    with app.app_context(), frozen(TUESDAY), tenant_scope(tenant) as session:
        services.keep_week(session, date(2026, 11, 25), OFFICE_HOURS)
        place = cases.Place(f"{tenant.region_code}.01.2001", "balai desa")
        made = cases.file_case(session, cases.service(session, "feedback.pengaduan"), COMPLAINT, place=place).case
        local = made.due_at.astimezone(tenant.zone)
        assert local.strftime("%Y-%m-%d %H:%M") == expected
        assert made.due_at.astimezone(UTC).hour == {"Asia/Jakarta": 9, "Asia/Makassar": 8, "Asia/Jayapura": 7}[zone]


def test_another_region_s_days_change_nothing_here(app, session, case, other_tenant):
    with app.app_context(), tenant_scope(other_tenant) as other:
        services.keep_days(other, [off("2026-11-26")])
    session.commit()
    assert units.calendar(session).is_working(date(2026, 11, 26))
    assert due(session, case) == "2026-11-27 23:59"


# --- reading ---


def test_a_list_as_offices_write_it():
    text = "Tanggal;Nama;Jenis\n24 Desember 2026;Cuti daerah;Libur\n05/12/2026;Sabtu kerja;masuk\n\n2026-12-31;Akhir tahun\n"
    assert [(r.day.isoformat(), r.kind, r.line) for r in reading.read_list(text.encode())] == [
        ("2026-12-24", "libur", 2), ("2026-12-05", "kerja", 3), ("2026-12-31", "libur", 5),
    ]  # fmt: skip
    assert reading.read_list(reading.as_text(reading.read_list(text)))


def test_a_list_s_faults_are_named_by_line():
    with pytest.raises(Invalid) as caught:
        reading.read_list(
            "31-02-2026;Tidak ada;libur\n2026-12-24;X;libur\n2026-12-25;Natal;pesta\n2026-12-28;Baik;libur"
        )
    assert caught.value.errors[0].message.split("\n") == [
        "Baris 1: Tanggal tidak dikenal. Contoh: 2026-12-24",
        "Baris 2: Tulis nama harinya, 3 sampai 80 huruf.",
        "Baris 3: Tulis libur atau kerja.",
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (off("2026-11-23"), "sudah lewat"),
        (off("2030-11-26"), "Terlalu jauh"),
        (off("2026-11-28"), "memang sudah libur"),
        (off("2026-12-25"), "memang sudah libur"),
        (Row(date(2026, 11, 26), "Kamis", "kerja"), "memang sudah hari kerja"),
        (Row(date(2026, 11, 26), "", "hapus"), "tidak ada di daftar"),
    ],
    ids=["past", "far", "weekend", "christmas", "working", "unknown"],
)
def test_pointless_days_are_refused_with_words(session, clock, row, words):
    with pytest.raises(Invalid) as caught:
        services.check_days(session, [row])
    assert words in caught.value.errors[0].message


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({}, "hari.0", "paling sedikit satu"),
        ({"hari.0": "ya", "buka.0": "07.30"}, "buka.0", "kedua jamnya"),
        ({"hari.0": "ya", "buka.0": "16.00", "tutup.0": "07.30"}, "buka.0", "sesudah jam buka"),
        ({"hari.0": "ya", "buka.0": "25.00", "tutup.0": "26.00"}, "buka.0", "kedua jamnya"),
    ],
    ids=["none", "half", "backwards", "impossible"],
)
def test_a_week_that_makes_no_sense(given, field, words):
    with pytest.raises(Invalid) as caught:
        reading.read_week(given)
    assert caught.value.errors[0].field == field
    assert words in caught.value.errors[0].message


# --- pages ---


@pytest.fixture
def admin(client, tenant, case):
    with frozen(TUESDAY):
        act_as(client, tenant, "admin")
        yield client


def test_a_day_is_shown_with_its_effect_and_then_kept(session, admin, case):
    page = admin.get(HERE).text
    assert all(words in page for words in ("WIB", "Asia/Jakarta", "libur nasional", "Senin sampai Jumat"))
    wish = {"tanggal": "2026-11-26", "nama": "Hari jadi kota", "jenis": "libur"}
    shown = post_form(admin, f"{HERE}/hari", wish)
    assert shown.status_code == 200
    assert "Laporan yang batasnya berubah: 1" in shown.text
    assert case.code in shown.text
    assert session.scalars(select(OwnDay)).all() == []
    done = post_form(admin, f"{HERE}/hari", {"daftar": "2026-11-26;Hari jadi kota;libur", "aksi": "simpan"})
    assert done.status_code == 303
    page = admin.get(HERE).text
    assert "Laporan yang batasnya berubah: 1" in page
    assert "libur daerah" in page
    session.commit()
    assert due(session, case) == "2026-11-30 23:59"
    removed = post_form(admin, f"{HERE}/hari", {"daftar": "2026-11-26;;hapus", "aksi": "simpan"})
    assert removed.status_code == 303
    session.commit()
    assert due(session, case) == "2026-11-27 23:59"


def test_a_file_is_taken_and_its_faults_come_back(admin):
    good = {"berkas": (io.BytesIO("tanggal,nama,jenis\n2026-12-24,Cuti daerah,libur\n".encode("cp1252")), "hari.csv")}
    shown = post_form(admin, f"{HERE}/hari", good, content_type="multipart/form-data")
    # The 24th of December is joint leave already.
    assert (shown.status_code, "Baris 2: Hari ini memang sudah libur." in shown.text) == (422, True)
    typed = post_form(admin, f"{HERE}/hari", {"daftar": "besok;Libur;libur\n2026-11-26;Hari jadi;libur"})
    assert (typed.status_code, "Baris 1: Tanggal tidak dikenal" in typed.text) == (422, True)
    assert "2026-11-26;Hari jadi;libur" in typed.text, "what was typed stays"


def test_the_week_is_shown_with_its_effect_and_can_be_taken_back(session, admin, case):
    wish = {"mulai": "2026-11-25"} | {f"hari.{d}": "ya" for d in range(5)}
    wish |= {f"buka.{d}": "7:30" for d in range(5)} | {f"tutup.{d}": "16.00" for d in range(5)}
    shown = post_form(admin, f"{HERE}/minggu", wish).text
    assert "Laporan yang batasnya berubah: 1" in shown
    assert "07.30–16.00" in shown
    assert post_form(admin, f"{HERE}/minggu", wish | {"aksi": "simpan"}).status_code == 303
    session.commit()
    assert due(session, case) == "2026-11-27 16:00"
    assert "Minggu kerja baru berlaku mulai 25 November 2026." in admin.get(HERE).text
    assert post_form(admin, f"{HERE}/minggu/batal", {"mulai": "2026-11-25"}).status_code == 303
    session.commit()
    assert session.scalars(select(WorkWeek)).all() == []
    late = post_form(admin, f"{HERE}/minggu", wish | {"mulai": "2026-11-24"})
    assert (late.status_code, "paling cepat besok" in late.text) == (422, True)


def test_only_admins_change_the_calendar(session, client_of, tenant, office):
    officer = client_of(tenant)
    act_as(officer, tenant, "officer")
    assert officer.get(HERE).status_code == 403
    for path in ("/hari", "/minggu", "/minggu/batal"):
        assert (
            post_form(officer, f"{HERE}{path}", {"aksi": "simpan", "daftar": "2026-12-01;Libur;libur"}).status_code
            == 403
        )
    assert session.scalars(select(OwnDay)).all() == []


def test_secret_cases_are_counted_and_never_named(session, admin, office, file_complaint):
    secret = file_complaint(visibility="secret").case
    session.commit()
    wish = {"tanggal": "2026-11-26", "nama": "Hari jadi kota", "jenis": "libur"}
    shown = post_form(admin, f"{HERE}/hari", wish).text
    assert "Laporan yang batasnya berubah: 2" in shown
    assert secret.code not in shown
    assert session.scalars(select(Case.code).where(Case.visibility == "secret")).one() == secret.code
