"""Pages of outages from outside: other regions, no permission, drawn and pasted nonsense in quantity, formulas, markup."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from test_water_outages import SQUARE, announced, connect

from balai import keys
from balai.clock import now
from balai.errors import Invalid
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.offices import open_office
from balai.testing.pages import post_form
from balai.testing.words import plain
from balai_water.outages import forms, geometry, queries
from balai_water.outages.models import Outage
from balai_water.outages.selection import Selection

HOME, PUBLIC = "/kelola/water/gangguan", "/layanan/water/h/gangguan"
CIRCLE = [(110.3 + 0.01 * (n % 25), -7.9 + 0.001 * n) for n in range(501)]


@pytest.fixture
def utility(app, regions):
    """A region with three connections, one of them named like a formula, and a running outage."""
    tenant = regions(plugins=("water",))
    desa = f"{tenant.region_code}.01.2001"
    with app.app_context(), tenant_scope(tenant) as session:
        connect(session, "=1+1", desa)
        connect(session, "000123", desa, email="rina@contoh.id", phone="081234567890", priority="dialysis")
        connect(session, "456", desa, email="budi@contoh.id")
        outage = announced(session, Selection(villages=(desa,)), text="<b>Truk</b> di balai desa")
        return tenant, desa, outage.id


@pytest.fixture
def desk(client_of, utility):
    """The control room's browser."""
    browser = client_of(utility[0])
    act_as(browser, utility[0], "water.control")
    return browser


def form(**changes):
    return {"kind": "sudden", "reason": "pump", "starts_at": forms.local(now()), **changes}


def test_a_journey_by_hand_and_without_scripts(desk, utility, app):
    tenant, desa, _outage = utility
    empty = post_form(desk, f"{HOME}/baru", form())
    assert empty.status_code == 422
    assert "Pilih dulu di mana airnya mati" in empty.text
    wrong = post_form(
        desk, f"{HOME}/baru", form(numbers="123\n456\n<i>9", villages="99.99.99.9999", reason="x", ends_at="besok")
    )
    assert wrong.status_code == 422
    for words in ("123 (mungkin 000123)", "&lt;i&gt;9", "Pilih sebabnya.", "Tulis tanggal dan jam.", "tidak ada lagi"):
        assert words in wrong.text
    assert "<i>9" not in wrong.text
    desk.get("/?bahasa=en")  # what the officer reads isn't what customers are sent
    draft = post_form(desk, f"{HOME}/baru", form(numbers="000123, 456"))
    assert "Broken pump" in desk.get(draft.location).text
    assert "Mengalir lagi: belum diketahui<br>Sebab: Pompa rusak" in desk.get(draft.location).text
    desk.get("/?bahasa=id")
    assert draft.status_code == 303
    preview = desk.get(draft.location)
    assert plain(preview.text)
    assert "P*** 0***" in preview.text
    assert "Pelanggan 000123" not in preview.text
    again = desk.get(draft.location.replace("periksa", "tulis"))
    assert "000123\n456" in again.text
    rewritten = post_form(desk, draft.location.replace("periksa", "tulis"), form(area=SQUARE, zones=""))
    nobody = post_form(desk, rewritten.location.replace("periksa", "kirim"))
    assert "Tidak ada sambungan aktif" in desk.get(nobody.location).text
    post_form(desk, draft.location.replace("periksa", "tulis"), form(villages=desa))
    sent = post_form(desk, draft.location.replace("periksa", "kirim"))
    assert "2 pesan sedang dikirim" in desk.get(sent.location).text
    post_form(desk, draft.location.replace("periksa", "kirim"))
    told = desk.get(f"{sent.location}/dikabari?keadaan=queued")
    assert "r***@contoh.id" in told.text
    assert "rina@contoh.id" not in told.text
    assert "=1+1" not in told.text
    assert "=1+1" in desk.get(f"{sent.location}/dikabari?keadaan=none").text
    csv = desk.get(f"{sent.location}/tak-terjangkau.csv")
    assert csv.text.splitlines()[1] == "'=1+1,Desa Mekar,"
    post_form(desk, f"{sent.location}/perpanjang", {"ends_at": forms.local(now() + timedelta(hours=3))})
    changed = form(
        villages=desa, starts_at=desk_value(desk, sent.location, "starts_at"), tell_all="ya", text="Truk datang."
    )
    assert "pesan sedang dikirim" in desk.get(post_form(desk, f"{sent.location}/ubah", changed).location).text
    post_form(desk, f"{sent.location}/akhiri", {"ended_at": forms.local(now())})
    late = post_form(desk, f"{sent.location}/batalkan")
    assert "Air sudah mati" in desk.get(late.location).text
    kinds = ["announced.0", "changed.1", "changed.2", "ended.2"]
    assert all(f"jenis={kind}" in desk.get(sent.location).text for kind in kinds)
    with app.app_context(), tenant_scope(tenant) as session:
        about = session.scalars(select(Outage.id).order_by(Outage.id.desc())).first()
        sent_to = session.scalars(select(Message).where(Message.about_id == about)).all()
        assert len(sent_to) == 2 * len(kinds)
        assert {keys.reveal(session, m, "recipient") for m in sent_to} == {"rina@contoh.id", "budi@contoh.id"}


def desk_value(desk, path, name):
    text = desk.get(f"{path}/ubah").text
    return text.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0]


def test_what_everybody_sees(client_of, utility, desk, app):
    tenant, desa, outage_id = utility
    visitor = client_of(tenant)
    page = visitor.get(PUBLIC)
    assert plain(page.text)
    assert "Kurang dari 10 sambungan" in page.text  # one door isn't pointed at
    one = visitor.get(f"{PUBLIC}/{outage_id}")
    assert "&lt;b&gt;Truk&lt;/b&gt;" in one.text
    assert "Tidak ada gangguan yang tercatat" in visitor.get(f"{PUBLIC}?desa=x").text
    # Whether a number exists isn't told.
    there, nowhere = (post_form(visitor, PUBLIC, {"number": number}) for number in ("000123", "000124"))
    assert there.text.count("Air sedang mati") == 2
    assert "Tidak ada gangguan yang tercatat untuk nomor ini" in nowhere.text
    assert there.headers["Cache-Control"] == "no-store"
    assert post_form(visitor, PUBLIC, {"number": " "}).status_code == 422
    data = visitor.get(f"{PUBLIC}/gangguan.geojson")
    (feature,) = data.json["features"]
    assert (feature["geometry"], feature["properties"]["desa"]) == (None, [{"kode": desa, "nama": "Desa Mekar"}])
    assert "000123" not in page.text + one.text + data.text
    # Whoever is about to report it reads that it is known; other services' forms and the copy that a phone keeps say nothing.
    with app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
    form_page = visitor.get("/layanan/water/air-mati")
    assert "air sedang mati di Desa Mekar" in form_page.text
    assert f'href="{PUBLIC}/{outage_id}"' in form_page.text
    for path in ("/layanan/water/kebocoran", "/layanan/water/air-mati?luring=ya"):
        assert "air sedang mati" not in visitor.get(path).text
    # A draft is nobody's business yet.
    draft = post_form(desk, f"{HOME}/baru", form(villages=desa)).location.split("/")[-2]
    assert visitor.get(f"{PUBLIC}/{draft}").status_code == 404


def test_who_may_not(client_of, utility, other_tenant, regions):
    tenant, desa, outage_id = utility
    clerk = client_of(tenant)
    act_as(clerk, tenant, "water.clerk")
    assert clerk.get(f"{HOME}/{outage_id}").status_code == 200
    assert "Air sudah mengalir" not in clerk.get(f"{HOME}/{outage_id}").text
    stranger, theirs = client_of(None), regions(plugins=("water",))
    stranger = client_of(theirs)
    act_as(stranger, theirs, "water.control")
    for path in ("perpanjang", "akhiri", "batalkan", "ubah", "tulis", "kirim", "buang"):
        data = form(villages=desa, ends_at=forms.local(now() + timedelta(hours=1)), ended_at=forms.local(now()))
        assert post_form(clerk, f"{HOME}/{outage_id}/{path}", data).status_code == 403, path
        data["villages"] = f"{theirs.region_code}.01.2001"
        assert post_form(stranger, f"{HOME}/{outage_id}/{path}", data).status_code == 404, path
    for path in ("", "/dikabari", "/tak-terjangkau.csv", "/ubah", "/periksa"):
        assert stranger.get(f"{HOME}/{outage_id}{path}").status_code == 404, path
    assert client_of(theirs).get(f"{PUBLIC}/{outage_id}").status_code == 404
    assert clerk.get(f"{HOME}/baru").status_code == 403


@pytest.mark.parametrize(
    ("area", "words"),
    [
        ("-7.9, 110.3\n-7.8, 110.4", "tiga titik"),
        ("-7.9, 110.3\n-7.9, 110.3\n-7.9, 110.3", "tiga titik"),
        ("-7.90, 110.30\n-7.80, 110.40\n-7.90, 110.40\n-7.80, 110.30", "saling memotong"),
        ("110.3, -7.9\n110.4, -7.9\n110.4, -7.8", "di luar Indonesia"),
        ("51.5, 0.1\n51.6, 0.1\n51.6, 0.2", "di luar Indonesia"),
        ("-7.9, 110.3\nbalai desa\n-7.8, 110.4", "Baris 2"),
        ("\n".join(f"{y}, {x}" for x, y in CIRCLE), "paling banyak 500 titik"),
        ("[" * 100_000, "GeoJSON"),
        ('{"type": "Point", "coordinates": [110.3, -7.9]}', "bukan daerah"),
        ('{"type": "Polygon", "coordinates": [[["a", 1]]]}', "GeoJSON"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1], [1, 2], [3, 4]]]}', "di luar Indonesia"),
        ('{"type": "FeatureCollection", "features": [{}]}', "GeoJSON"),
        ("x" * 200_001, "terlalu rumit"),
    ],
    ids=("two", "one", "crossing", "swapped", "far away", "words", "huge", "deep", "point", "letters", "nan", "empty", "long"),
)  # fmt: skip
def test_areas_that_are_none(area, words):
    with pytest.raises(Invalid) as refused:
        geometry.parse(area)
    (error,) = refused.value.errors
    assert error.field == "area"
    assert words in error.message


def test_areas_that_are_some():
    assert geometry.parse("") == []
    square = geometry.parse(SQUARE)
    closed = geometry.parse(f"\ufeff{SQUARE}\n-7.90 110.30\n")
    comma = geometry.parse("-7,90; 110,30\n-7,90; 110,40\n-7,80; 110,40\n-7,80; 110,30")
    assert square == closed == comma == geometry.parse(geometry.geojson_text(square))
    assert geometry.parse("[[110.3,-7.9],[110.4,-7.9],[110.4,-7.8],[110.3,-7.8]]") == square


def test_a_hundred_thousand_numbers_and_a_thousand_strange_ones(app, utility):
    tenant, _desa, _outage = utility
    from balai_water.outages import selection

    with app.app_context(), tenant_scope(tenant) as session:
        with pytest.raises(Invalid) as refused:
            selection.pasted(session, "\n".join(f"{n:07d}" for n in range(100_000)))
        assert "100000 nomor; paling banyak 20000" in refused.value.errors[0].message
        with pytest.raises(Invalid) as refused:
            selection.pasted(
                session, ";".join(["456", "x" * 5000, "'; DROP TABLE cases; --", *map(str, range(1000, 2000))])
            )
        message = refused.value.errors[0].message
        assert message.startswith("100")
        assert len(message) < 1000
        assert queries.known_areas(session, ["%", "_", ""]) == set()
