"""A service drawn in the console: from nothing to published, tried with marked cases, changed, closed."""

import re

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases import Case
from balai.cases.drawing import checking, services
from balai.cases.drawing.models import Drawing
from balai.cases.models import ServiceVersion
from balai.errors import Conflict, Invalid
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form

ROOT = "/kelola/layanan/susun"


@pytest.fixture
def officer(client, tenant, staffed):
    """A signed-in officer who leads the admin unit."""
    staffed(tenant, act_as(client, tenant, "officer", name="Budi Petugas"))
    return client


@pytest.fixture
def leader(client_of, tenant):
    made = client_of(tenant)
    act_as(made, tenant, "leader", name="Ibu Sekda")
    return made


def begin(client, title="Peminjaman kendaraan dinas", audience="staff", flow="pinjam"):
    answer = post_form(client, ROOT, {"title": title, "audience": audience, "flow": flow})
    assert answer.status_code == 303, answer.text[:3000]
    return answer.location


def drawn(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        return session.scalars(select(Drawing)).one()


def add(client, here, **given):
    answer = post_form(client, f"{here}/formulir", given)
    assert answer.status_code == 303, answer.text[:2000]


def published(officer, leader, here):
    asked = post_form(officer, f"{here}/terbit/minta", {"note": "Sudah dicoba."})
    assert asked.status_code == 303, asked.text
    assert post_form(leader, f"{here}/terbit/terbitkan").status_code == 303


def test_from_nothing_to_a_request_that_is_approved_and_returned(app, officer, leader, client_of, tenant):
    here = begin(officer)
    add(officer, here, label="Tujuan", type="text", required="ya")
    add(officer, here, label="Berangkat tanggal", type="date", required="ya")
    assert post_form(officer, f"{here}/terbit/terbitkan").status_code == 403, "an officer doesn't publish"
    assert post_form(leader, f"{here}/terbit/terbitkan").status_code == 409, "nobody asked yet"
    published(officer, leader, here)

    colleague = client_of(tenant)
    act_as(colleague, tenant, "officer", name="Rina Staf")
    assert "Peminjaman kendaraan dinas" in colleague.get("/kelola/layanan-pegawai").text
    form = colleague.get("/kelola/layanan/daerah/peminjaman-kendaraan-dinas")
    assert "Berangkat tanggal" in form.text
    wrong = post_form(colleague, "/kelola/layanan/daerah/peminjaman-kendaraan-dinas", {"tujuan": "Rapat di kabupaten"})
    assert wrong.status_code == 422
    assert "Rapat di kabupaten" in wrong.text
    data = {"tujuan": "Rapat di kabupaten", "berangkat_tanggal": "2026-12-01"}
    sent = post_form(colleague, "/kelola/layanan/daerah/peminjaman-kendaraan-dinas", data)
    assert sent.status_code == 303, sent.text
    code = sent.location.rpartition("/")[2]
    assert "Rapat di kabupaten" in colleague.get(sent.location).text
    assert officer.get(sent.location).status_code == 404, "one's own requests are one's own"
    for step, state in (("setujui", "Sedang dipakai"), ("kembalikan", "Sudah kembali")):
        seen = re.search(r'name="seen" value="(\d+)"', officer.get(f"/kelola/laporan/{code}").text).group(1)
        assert post_form(officer, f"/kelola/laporan/{code}/langkah", {"langkah": step, "seen": seen}).status_code == 303
        assert state in colleague.get(sent.location).text
    rated = post_form(colleague, f"{sent.location}/nilai", {"stars": "5"})
    assert rated.status_code == 303
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
        assert (case.outcome, case.is_test, case.rating, case.channel) == ("done", False, 5, "web")


def test_a_staff_service_is_never_the_publics(officer, leader, client_of, tenant):
    here = begin(officer)
    add(officer, here, label="Tujuan", type="text")
    published(officer, leader, here)
    sent = post_form(officer, "/kelola/layanan/daerah/peminjaman-kendaraan-dinas", {"tujuan": "Rapat"})
    code = sent.location.rpartition("/")[2]
    citizen = client_of(tenant)
    assert citizen.get("/layanan/daerah/peminjaman-kendaraan-dinas").status_code == 404
    for path in ("/layanan", "/", "/api/v1/services", "/api/v1/openapi.json"):
        assert "kendaraan" not in citizen.get(path).text.lower()
    assert citizen.get("/api/v1/services/daerah.peminjaman-kendaraan-dinas").status_code == 404
    for path in ("/saya", "/lacak"):
        assert code not in officer.get(path).text, "not even on the member's own pages of the portal"
    assert citizen.get("/kelola/layanan/daerah/peminjaman-kendaraan-dinas").status_code in {302, 303, 401}
    assert citizen.get(f"/lacak/{code}").location.endswith(f"/kelola/permintaan/{code}")
    assert citizen.get(f"/api/v1/cases/{code}").status_code == 404
    filed = citizen.post(
        "/api/v1/cases", json={"service": "daerah.peminjaman-kendaraan-dinas", "data": {"tujuan": "Rapat"}}
    )
    assert filed.status_code == 404


def test_trying_out_counts_nowhere(app, officer, client_of, tenant):
    here = begin(officer, audience="public")
    add(officer, here, label="Tujuan", type="text", required="ya")
    assert "Kirim uji coba" in officer.get(f"{here}/coba").text
    tried = post_form(officer, f"{here}/coba", {"tujuan": "Mencoba dulu"})
    assert tried.status_code == 303, tried.text
    code = tried.location.rpartition("/")[2]
    assert "Uji coba" in officer.get(tried.location).text
    assert code in officer.get(f"{here}/coba").text
    assert code not in officer.get("/kelola/laporan?antrean=all&keadaan=semua").text
    seen = re.search(r'name="seen" value="(\d+)"', officer.get(tried.location).text).group(1)
    assert post_form(officer, f"{tried.location}/langkah", {"langkah": "setujui", "seen": seen}).status_code == 303
    seen = re.search(r'name="seen" value="(\d+)"', officer.get(tried.location).text).group(1)
    assert post_form(officer, f"{tried.location}/langkah", {"langkah": "kembalikan", "seen": seen}).status_code == 303
    citizen = client_of(tenant)
    for path in ("/layanan", "/api/v1/services", "/api/v1/cases"):
        answer = citizen.get(path).text
        assert "kendaraan" not in answer.lower()
        assert code not in answer
    with app.app_context(), tenant_scope(tenant) as session:
        case = session.scalars(select(Case)).one()
        assert (case.is_test, case.outcome, case.pseudonym) == (True, "done", None)
        assert cases.queries.median_days(session, case.service_id, since=case.filed_at)[1] == 0
        assert [s.id for s in cases.services(session, audience=None, every=True) if s.owner == "daerah"] == []


def test_each_publication_is_a_version_and_running_cases_keep_theirs(app, officer, leader, tenant):
    here = begin(officer)
    add(officer, here, label="Tujuan", type="text", required="ya")
    published(officer, leader, here)
    address = "/kelola/layanan/daerah/peminjaman-kendaraan-dinas"
    first = post_form(officer, address, {"tujuan": "Rapat"}).location
    add(officer, here, label="Jumlah penumpang", type="number")
    assert "Jumlah penumpang" not in officer.get(address).text, "a draft changes nothing"
    published(officer, leader, here)
    assert "Jumlah penumpang" in officer.get(address).text
    second = post_form(officer, address, {"tujuan": "Tugas luar", "jumlah_penumpang": "3"}).location
    with app.app_context(), tenant_scope(tenant) as session:
        versions = session.scalars(select(ServiceVersion.version).order_by(ServiceVersion.version)).all()
        kept = {c.code: c.service_version for c in session.scalars(select(Case))}
    assert list(versions) == [1, 2]
    assert [kept[a.rpartition("/")[2]] for a in (first, second)] == [1, 2]


def test_a_leader_refuses_with_a_reason_and_a_change_takes_the_request_back(officer, leader):
    here = begin(officer)
    post_form(officer, f"{here}/terbit/minta", {"note": "Tolong dilihat."})
    assert "Tolong dilihat." in leader.get(ROOT).text
    assert post_form(leader, f"{here}/terbit/tolak", {"reason": ""}).status_code == 422
    assert "Menunggu keputusan Anda" in leader.get("/kelola/pesan/saya").text
    assert post_form(leader, f"{here}/terbit/tolak", {"reason": "Belum ada dasar hukumnya."}).status_code == 303
    assert "Dikembalikan pimpinan" in officer.get("/kelola/pesan/saya").text
    assert "Belum ada dasar hukumnya." in officer.get(f"{here}/terbit").text
    post_form(officer, f"{here}/terbit/minta", {})
    add(officer, here, label="Tujuan", type="text")
    assert post_form(leader, f"{here}/terbit/terbitkan").status_code == 409, "what was asked for has changed since"


def test_closing_and_opening_again(officer, leader):
    here = begin(officer)
    add(officer, here, label="Tujuan", type="text")
    published(officer, leader, here)
    address = "/kelola/layanan/daerah/peminjaman-kendaraan-dinas"
    assert post_form(leader, f"{here}/terbit/buka", {"state": "closing", "close_reason": ""}).status_code == 422
    post_form(leader, f"{here}/terbit/buka", {"state": "closing", "close_reason": "Mobil dijual."})
    assert post_form(officer, address, {"tujuan": "Rapat"}).status_code == 409
    post_form(leader, f"{here}/terbit/buka", {"state": "off", "close_reason": "Mobil dijual."})
    assert "kendaraan dinas" not in officer.get("/kelola/layanan-pegawai").text
    post_form(leader, f"{here}/terbit/buka", {"state": "on", "close_reason": "Mobil baru datang."})
    assert post_form(officer, address, {"tujuan": "Rapat"}).status_code == 303


def test_undo_restore_and_two_officers_at_once(app, officer, tenant):
    here = begin(officer)
    add(officer, here, label="Tujuan", type="text")
    add(officer, here, label="Sopir", type="text")
    number = drawn(app, tenant).number
    post_form(officer, f"{here}/riwayat/{number - 1}")
    assert [f["label"] for f in drawn(app, tenant).document["fields"]] == ["Tujuan"]
    post_form(officer, f"{here}/riwayat/{number}")
    assert [f["label"] for f in drawn(app, tenant).document["fields"]] == ["Tujuan", "Sopir"]
    stale = post_form(officer, f"{here}/formulir/0", {"label": "Ke mana?", "type": "text", "seq": "1"})
    assert stale.status_code == 409
    assert "Ke mana?" in stale.text
    assert officer.get(f"{here}/riwayat").status_code == 200


def test_moving_changing_and_removing_questions(app, officer, tenant):
    here = begin(officer)
    add(officer, here, label="Keperluan", type="choice", options="Rapat\nTugas lapangan")
    add(officer, here, label="Nomor HP", type="phone")
    given = {"label": "Lokasi", "type": "text", "show_field": "keperluan", "show_values": "tugas lapangan"}
    add(officer, here, label="Lokasi", type="text")
    assert post_form(officer, f"{here}/formulir/2", given).status_code == 303
    document = drawn(app, tenant).document
    assert document["fields"][2]["show_if"] == {"keperluan": ["tugas_lapangan"]}
    assert document["fields"][1]["personal"]["purpose"]
    renamed = {"label": "Keperluan", "type": "choice", "options": "Rapat\nTugas di lapangan"}
    post_form(officer, f"{here}/formulir/0", renamed)
    options = drawn(app, tenant).document["fields"][0]["options"]
    assert options[1] == {"value": "tugas_lapangan", "label": "Tugas di lapangan"}, "the answers so far stay readable"
    post_form(officer, f"{here}/formulir/2/pindah", {"arah": "naik"})
    post_form(officer, f"{here}/formulir/1/pindah", {"arah": "naik"})
    page = officer.get(f"{here}/formulir").text
    assert "isian “keperluan” tidak ada sebelum “lokasi”" in page
    post_form(officer, f"{here}/formulir/1/pindah", {"arah": "hapus"})
    assert [f["key"] for f in drawn(app, tenant).document["fields"]] == ["lokasi", "nomor_hp"]
    unknown = post_form(officer, f"{here}/formulir/0", given | {"show_field": "tidak_ada"})
    assert unknown.status_code == 422


def test_faults_stand_beside_the_place_and_the_checks_follow_typing(app, officer, tenant):
    here = begin(officer)
    post_form(officer, f"{here}/alur/keadaan", {"label": "Di bengkel"})
    page = officer.get(f"{here}/alur").text
    assert "tidak punya langkah keluar" in page
    index = len(drawn(app, tenant).document["workflow"]["states"]) - 1
    assert "tidak punya langkah keluar" in officer.get(f"{here}/alur/keadaan/{index}").text
    asked = post_form(officer, f"{here}/terbit/minta", {})
    assert asked.status_code == 409
    number = drawn(app, tenant).number
    checked = post_form(officer, f"{here}/alur/keadaan/{index}?periksa=1", {"label": "Di bengkel", "outcome": "done"})
    assert "tidak pernah tercapai" in checked.text
    assert drawn(app, tenant).number == number, "checking keeps nothing"
    step = {
        "label": "Bawa ke bengkel",
        "from": ["dipakai"],
        "to": "di_bengkel",
        "by": "staff",
        "permission": "cases.work",
    }
    assert post_form(officer, f"{here}/alur/langkah", step).status_code == 303
    post_form(officer, f"{here}/alur/keadaan/{index}", {"label": "Di bengkel", "outcome": "not_possible"})
    assert post_form(officer, f"{here}/terbit/minta", {}).status_code == 303
    post_form(officer, f"{here}/alur/keadaan/{index}/pindah", {"arah": "hapus"})
    left = drawn(app, tenant).document["workflow"]
    assert "di_bengkel" not in str(left)


@pytest.mark.parametrize("flow", ["jawab", "setujui", "pinjam", "periksa"])
def test_every_ready_made_path_is_free_of_faults(app, officer, tenant, flow):
    begin(officer, flow=flow)
    with app.app_context(), tenant_scope(tenant) as session:
        drawing = session.scalars(select(Drawing)).one()
        assert checking.notes(drawing) == []


def test_out_as_a_file_and_in_again(officer, app, tenant):
    here = begin(officer)
    add(officer, here, label="Tujuan", type="text")
    text = officer.get(f"{here}/dokumen.yaml")
    assert "attachment" in text.headers["Content-Disposition"]
    answer = post_form(officer, f"{ROOT}/baca", {"text": text.text})
    assert answer.status_code == 303, answer.text
    assert answer.location != here
    with app.app_context(), tenant_scope(tenant) as session:
        keys = sorted(d.service_id for d in services.drawings(session))
    assert keys == ["daerah.peminjaman-kendaraan-dinas", "daerah.peminjaman-kendaraan-dinas-2"]


def test_a_regions_changes_to_a_plugins_service(app, officer, leader, client_of, tenant):
    answer = post_form(officer, f"{ROOT}/ubah", {"change_of": "feedback.pengaduan"})
    assert answer.status_code == 303
    here = answer.location
    page = officer.get(f"{here}/ubah").text
    names = set(re.findall(r'name="((?:sla|text|step)\.[^"]+)" ', page))
    values = dict(re.findall(r'name="((?:sla|text)\.[^"]+)" type="text" value="([^"]*)"', page))
    sla = next(name for name in names if name.startswith("sla."))
    changed = values | {sla: "2", "text.titles.id": "Lapor warga"} | {n: "ya" for n in names if n.startswith("step.")}
    saved = post_form(officer, f"{here}/ubah", changed)
    assert saved.status_code == 303, saved.text
    add(officer, here, label="Sejak kapan?", type="text")
    citizen = client_of(tenant)
    assert "Sejak kapan?" not in citizen.get("/layanan/feedback/pengaduan").text
    assert "Sejak kapan?" in officer.get(f"{here}/pratinjau").text
    published(officer, leader, here)
    form = citizen.get("/layanan/feedback/pengaduan").text
    assert "Lapor warga" in form
    assert "Sejak kapan?" in form
    with app.app_context(), tenant_scope(tenant) as session:
        service = cases.service(session, "feedback.pengaduan")
        assert service.fields[-1].key == "daerah_sejak_kapan"
        assert service.workflow.state(sla.partition(".")[2]).sla_days == 2
        assert session.scalars(select(Drawing)).one().document["texts"] == {"titles.id": "Lapor warga"}
    assert officer.get(f"{here}/alur").status_code == 404, "the path is the plugin's"
    assert post_form(officer, f"{here}/riwayat/bersih").status_code == 303
    published(officer, leader, here)
    assert "Sejak kapan?" not in citizen.get("/layanan/feedback/pengaduan").text


def test_copying_and_throwing_away(app, officer, tenant):
    answer = post_form(officer, f"{ROOT}/salin", {"copy_of": "feedback.pengaduan", "copy_title": "Aduan parkir"})
    assert answer.status_code == 303
    drawing = drawn(app, tenant)
    assert (drawing.service_id, drawing.title) == ("daerah.aduan-parkir", "Aduan parkir")
    with app.app_context(), tenant_scope(tenant):
        assert checking.notes(drawing) == []
    assert "Buang draf ini?" in officer.get(f"{answer.location}/buang").text
    assert post_form(officer, f"{answer.location}/buang").status_code == 303
    assert officer.get(answer.location).status_code == 404
    assert post_form(officer, f"{ROOT}/salin", {"copy_of": "tidak.ada"}).status_code == 404


def test_who_may_what(client, client_of, tenant, other_tenant, officer, staffed):
    here = begin(officer)
    helper = client_of(tenant)
    act_as(helper, tenant, "helper", name="Pak RW")
    assert helper.get(ROOT).status_code == 403
    assert helper.get(f"{here}/umum").status_code == 403
    auditor = client_of(tenant)
    act_as(auditor, tenant, "auditor", name="Ibu Inspektur")
    assert auditor.get(f"{here}/umum").status_code == 403
    assert auditor.get("/kelola/layanan-pegawai").status_code == 200
    stranger = client_of(other_tenant)
    staffed(other_tenant, act_as(stranger, other_tenant, "officer", "leader", name="Orang lain"))
    for tail in ("", "/umum", "/terbit", "/dokumen.yaml"):
        assert stranger.get(f"{here}{tail}").status_code == 404
    assert client_of(tenant).get(ROOT).status_code in {302, 303, 401}


def test_services_say_what_is_wrong(session, office):
    with pytest.raises(Invalid):
        services.bring(session, "a: [", member=None)
    drawing = services.begin(session, title="Uji", flow_key="jawab", audience="public", member=office.officer_id)
    with pytest.raises(Conflict):
        services.publish(session, drawing.id, member=None)
    with pytest.raises(Conflict):
        services.edit(session, drawing.id, lambda _d: "", member=None, seen=99)


def test_the_board_offers_another_unit_as_checker(app, officer, leader, tenant):
    here = begin(officer, title="Perbaikan gedung", flow="jawab")
    page = officer.get(f"{here}/umum").text
    for words in ("Pemohon: ia yang menyatakan beres", "Unit lain yang hanya memeriksa", "Unit dengan tugas"):
        assert words in page
    basics = {
        "title": "Perbaikan gedung",
        "summary": "Laporkan kerusakan.",
        "audience": "staff",
        "visibility": "private",
    }
    basics |= {"sector": "administrasi", "second_check": "pemeriksa", "check_days": "5", "reopen_days": "4"}
    assert post_form(officer, f"{here}/umum", basics | {"second_check": "siapa saja"}).status_code == 422
    assert post_form(officer, f"{here}/umum", basics).status_code == 303
    assert 'name="slot.pemeriksa"' in officer.get(f"{here}/alur").text
    drawing = drawn(app, tenant)
    assert (drawing.document["second_check"], drawing.document["check_days"]) == ("pemeriksa", 5)
    add(officer, here, label="Apa yang rusak?", type="text", required="ya")
    published(officer, leader, here)
    with app.app_context(), tenant_scope(tenant) as session:
        service = cases.service(session, drawing.service_id)
        assert (service.second_check, service.check_days, service.reopen_days) == ("pemeriksa", 5, 4)
        assert "pemeriksa" in service.slots
    assert 'name="slot.pemeriksa"' in officer.get(f"/kelola/layanan/daerah/{service.key}/atur").text


def test_a_regions_own_windows_for_a_plugins_service(app, officer, leader, tenant):
    here = post_form(officer, f"{ROOT}/ubah", {"change_of": "feedback.pengaduan"}).location
    page = officer.get(f"{here}/ubah").text
    values = dict(re.findall(r'name="((?:sla|text)\.[^"]+)" type="text" value="([^"]*)"', page))
    wrong = post_form(officer, f"{here}/ubah", values | {"reopen_days": "selamanya"})
    assert (wrong.status_code, "Tulis 0 sampai 250 hari kerja." in wrong.text) == (422, True)
    assert "selamanya" in wrong.text
    assert post_form(officer, f"{here}/ubah", values | {"reopen_days": "5"}).status_code == 303
    assert drawn(app, tenant).document["reopen_days"] == 5
    published(officer, leader, here)
    with app.app_context(), tenant_scope(tenant) as session:
        assert cases.service(session, "feedback.pengaduan").reopen_days == 5
