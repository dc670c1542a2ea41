"""District, then village: one list in a small region, two steps in a large one, also without scripts."""

import re

import pytest

from balai import cases
from balai.cases import placing
from balai.places import Area
from balai.tenancy import tenant_scope
from balai.testing.pages import post_form

FORM = "/layanan/feedback/pengaduan"
ANSWERS = {
    "bidang": "lampu", "uraian": "Lampu jalan depan balai desa mati sejak Senin.", "landmark": "depan balai desa",
    "visibility": "public", "anonymity": "named",
}  # fmt: skip


@pytest.fixture
def large(app, tenant, office):
    """`tenant` with three more districts of 50 villages each: too many for one list."""
    with app.app_context(), tenant_scope(tenant) as session:
        for d in range(2, 5):
            district = f"{tenant.region_code}.{d:02d}"
            session.add(Area(code=district, name=f"Kecamatan {d}", kind="kecamatan", parent_code=tenant.region_code))
            for v in range(2001, 2051):
                session.add(Area(code=f"{district}.{v}", name=f"Desa {d}-{v}", kind="desa", parent_code=district))
    return tenant


def options(html, name):
    return re.findall(
        r'<option value="([^"]+)"', re.search(rf'<select[^>]*name="{name}".*?</select>', html, re.DOTALL)[0]
    )


def test_a_small_region_has_one_list(client, tenant, office):
    html = client.get(FORM).get_data(as_text=True)
    assert f"{tenant.region_code}.01.2001" in options(html, "region")
    assert "region_kecamatan" not in html


def test_a_large_region_asks_in_two_steps_and_keeps_what_was_typed(client, large):
    district = f"{large.region_code}.03"
    html = client.get(FORM).get_data(as_text=True)
    assert district in options(html, "region_kecamatan")
    assert options(html, "region") == []
    answer = post_form(client, FORM, {**ANSWERS, "region_kecamatan": district, placing.STEP: "region"})
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    assert options(html, "region") == [f"{district}.{v}" for v in range(2001, 2051)] + [district]
    assert "Lampu jalan depan balai desa mati" in html
    assert "perlu diperbaiki" not in html


def test_sending_after_the_first_step_asks_for_the_second(client, large):
    district = f"{large.region_code}.03"
    answer = post_form(client, FORM, {**ANSWERS, "region_kecamatan": district})
    assert answer.status_code == 422
    assert "Pilih desanya. Kalau tidak tahu, pilih" in answer.get_data(as_text=True)
    assert f"{district}.2001" in options(answer.get_data(as_text=True), "region")


def test_a_village_of_the_district_chosen_before_does_not_count(client, large):
    old = f"{large.region_code}.02.2001"
    answer = post_form(client, FORM, {**ANSWERS, "region_kecamatan": f"{large.region_code}.03", "region": old})
    assert answer.status_code == 422


@pytest.mark.parametrize("ending", ["", ".2007"], ids=["district", "village"])
def test_the_code_is_kept_as_chosen(app, client, large, ending):
    district = f"{large.region_code}.03"
    answer = post_form(client, FORM, {**ANSWERS, "region_kecamatan": district, "region": district + ending})
    assert answer.status_code == 303
    with app.app_context(), tenant_scope(large) as session:
        case = session.query(cases.Case).one()
        assert case.region == district + ending


def test_villages_for_scripts(client, large, regions, client_of):
    district = f"{large.region_code}.03"
    answer = client.get(f"/tempat/desa/{district}")
    assert answer.get_json()[0] == [f"{district}.2001", "Desa 3-2001"]
    assert answer.headers["Cache-Control"].startswith("public")
    assert client.get(f"/tempat/desa/{district}.2001").status_code == 404
    assert client_of(regions()).get(f"/tempat/desa/{district}").status_code == 404


def test_the_copy_that_a_phone_keeps_is_about_nobody(client, tenant, office):
    kept = client.get(f"{FORM}?luring=ya")
    assert "no-store" not in kept.headers["Cache-Control"]
    assert 'name="client_id" value=""' in kept.get_data(as_text=True)
    assert "no-store" in client.get(FORM).headers["Cache-Control"]
