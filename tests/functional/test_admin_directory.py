"""The apex host: which region, and where a code leads."""

import re

import pytest

from balai.cases import codes
from balai.testing.words import plain, untranslated


@pytest.fixture
def apex(client_of):
    return client_of(None)


def _text(response):
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def test_asks_which_region_and_stays_small(apex, tenant):
    page = apex.get("/", headers={"Accept-Encoding": "gzip"})
    assert page.status_code == 200
    assert len(page.get_data()) < 8_000
    body = _text(apex.get("/"))
    assert "Daerah mana?" in body
    found = _text(apex.get("/", query_string={"cari": tenant.name}))
    assert f'href="http://{tenant.slug}.localhost:8000/"' in found
    assert 'href="/?provinsi=32"' in body
    assert "Kabupaten Bantul" not in body, "a region that isn't on Balai comes only when asked for"


def test_regencies_come_first(apex):
    body = _text(apex.get("/?cari=gorontalo"))
    assert body.index("Kabupaten dan kota") < body.index('id="grup-provinsi"')
    assert "Kota Gorontalo" in body
    assert "belum memakai Balai" in body


@pytest.mark.parametrize("typed", ["bantul", "BANTUL", " kab. Bantul ", "kabupaten bantul", "antu"])
def test_finds_by_any_part_of_the_name(apex, typed):
    assert "Kabupaten Bantul" in _text(apex.get("/", query_string={"cari": typed}))


def test_words_are_plain_and_can_be_translated(apex):
    for path in ("/", "/?cari=palu", "/?provinsi=34", "/lacak"):
        assert plain(apex.get(path).get_data(as_text=True))
        assert untranslated(apex.get(f"{path}{'&' if '?' in path else '?'}bahasa=qps").get_data(as_text=True)) == []


def test_nothing_found_says_what_to_do(apex):
    body = _text(apex.get("/?cari=atlantis"))
    assert "Tidak ada daerah dengan nama itu" in body


@pytest.mark.parametrize("query", ["cari=%00", "cari=" + "a" * 5000, "provinsi=%27%3B--", "provinsi=99", "cari=%25_"])
def test_odd_queries_are_harmless(apex, query):
    assert apex.get(f"/?{query}").status_code == 200
    assert apex.get(f"/daftar-daerah?{query}").status_code == 200


def test_one_province_and_the_whole_list(apex):
    body = _text(apex.get("/?provinsi=34"))
    for name in (
        "Kulon Progo",
        "Kabupaten Bantul",
        "Gunungkidul",
        "Sleman",
        "Kota Yogyakarta",
        "Daerah Istimewa Yogyakarta",
    ):
        assert name.casefold() in body.casefold(), name
    assert "Kota Bandung" not in body
    whole = _text(apex.get("/?semua=1"))
    listed = len(re.findall(r"<li>(?:<a href=\"http|<div>)", whole))
    assert listed >= 552


def test_parts_of_jakarta_lead_to_the_province(apex):
    body = _text(apex.get("/?cari=jakarta"))
    assert "dilayani" in body
    assert "Kota Administrasi Jakarta Selatan" in body or "Jakarta Selatan" in body


def test_the_list_alone_answers_the_live_search(apex):
    part = _text(apex.get("/daftar-daerah?cari=palu"))
    assert "Kota Palu" in part
    assert "<html" not in part


def test_the_list_is_the_apex_only(client):
    assert client.get("/daftar-daerah").status_code == 404


def test_a_code_leads_to_its_region(apex, tenant):
    code = codes.new_code(tenant.region_code)
    found = apex.get(f"/lacak/{code.lower().replace('-', '')}")
    assert found.status_code == 302
    assert found.headers["Location"] == f"http://{tenant.slug}.localhost:8000/lacak/{code}"
    asked = apex.get("/lacak", query_string={"kode": f" {code} "})
    assert asked.headers["Location"] == found.headers["Location"]


def test_a_mistyped_code_gets_help_and_is_kept(apex, tenant):
    code = codes.new_code(tenant.region_code)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    page = apex.get(f"/lacak/{wrong}")
    assert page.status_code == 404
    assert "huruf demi huruf" in _text(page)
    assert f'value="{wrong}"' in _text(page)


def test_a_code_of_a_region_that_is_not_here_names_it(apex):
    page = apex.get(f"/lacak/{codes.new_code('11.10')}")
    assert page.status_code == 404
    assert "Kabupaten Aceh Singkil" in _text(page)


@pytest.mark.parametrize("path", ["/lacak/%00", "/lacak/" + "x" * 3000, "/lacak/a/b", "/lacak/<script>"])
def test_hostile_codes_are_a_plain_404(apex, path):
    page = apex.get(path)
    assert page.status_code == 404
    assert "<script>" not in page.get_data(as_text=True).replace("<script type", "")


def test_track_form_without_a_code(apex):
    assert "Kode laporan" in _text(apex.get("/lacak"))
