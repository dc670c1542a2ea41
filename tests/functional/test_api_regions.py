"""The directory over the API: on a region's host and on the apex alike."""

import re


def test_regencies_and_cities_come_first(client_of):
    page = client_of(None).get("/api/v1/regions?limit=100").json
    assert len(page["items"]) == 100
    assert all("." in item["code"] for item in page["items"])
    assert page["next"]


def test_the_whole_list_is_reached_page_by_page_without_gap_or_double(client):
    codes, url = [], "/api/v1/regions?limit=100"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200
        codes += [item["code"] for item in answer.json["items"]]
        link = answer.headers.get("Link", "")
        found = re.fullmatch(r'<(.+)>; rel="next"', link)
        assert bool(found) == bool(answer.json["next"])
        url = found[1] if found else None
    real = [code for code in codes if len(code) in {2, 5}]
    assert len(set(real)) == len(real) >= 552


def test_filters(client_of, tenant):
    apex = client_of(None)
    found = apex.get("/api/v1/regions?search=BANDUNG&level=kabkota").json["items"]
    assert {"32.04", "32.17", "32.73"} <= {item["code"] for item in found}
    assert {item["parent"]["code"] for item in apex.get("/api/v1/regions?parent=34").json["items"]} == {"34"}
    served = apex.get(f"/api/v1/regions?on_balai=true&parent={tenant.region_code[:2]}&limit=100").json["items"]
    assert tenant.region_code in {item["code"] for item in served}
    assert all(item["url"].startswith("http://") for item in served)


def test_one_region(client, tenant):
    found = client.get(f"/api/v1/regions/{tenant.region_code}").json
    assert found["on_balai"] is True
    assert found["url"] == f"http://{tenant.slug}.localhost:8000"
    assert client.get("/api/v1/regions/32.73").json["name"] == "Kota Bandung"
    assert client.get("/api/v1/regions/99.99").status_code == 404
    assert client.get("/api/v1/regions/%00").status_code == 404


def test_areas_of_this_region_only(client, client_of, tenant, other_tenant):
    districts = client.get("/api/v1/areas").json["items"]
    assert [d["code"] for d in districts] == [f"{tenant.region_code}.01"]
    villages = client.get(f"/api/v1/areas?parent={tenant.region_code}.01").json["items"]
    assert [v["name"] for v in villages] == ["Desa Mekar", "Desa Sari"]
    assert client.get(f"/api/v1/areas?parent={other_tenant.region_code}.01").json["items"] == []
    assert client_of(None).get("/api/v1/areas").status_code == 404
