"""The shell on a real region: its look, its error pages, its limits."""

import io
import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.exc import OperationalError

from balai import clock
from balai.db import TenantSession
from balai.errors import Invalid, TooMany
from balai.tenancy import Tenant, TenantProfile
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.web import limits, queries, save_crest

Clients = Callable[[Tenant | None], FlaskClient]


def _picture(kind: str = "PNG", size: tuple[int, int] = (900, 1100)) -> io.BytesIO:
    out = io.BytesIO()
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste((20, 90, 160, 255), (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    (image if kind != "JPEG" else image.convert("RGB")).save(out, kind)
    return io.BytesIO(out.getvalue())


def _profile(session: TenantSession) -> TenantProfile:
    return session.query(TenantProfile).one()


def test_colours_are_data(
    session: TenantSession, client: FlaskClient, other_tenant: Tenant, client_of: Clients
) -> None:
    profile = _profile(session)
    profile.primary_color, profile.accent_color = "#7a1f3d", "#e0a100"
    session.commit()
    page = client.get("/bantuan").text
    address = page.partition('href="/gaya.css')[2].partition('"')[0]
    sheet = client.get(f"/gaya.css{address}")
    assert "--brand:#7a1f3d;" in sheet.text
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/gaya.css").headers["Cache-Control"] == "public, no-cache"
    assert client.get("/gaya.css", headers={"If-None-Match": sheet.headers["ETag"]}).status_code == 304
    assert "#7a1f3d" not in client_of(other_tenant).get("/gaya.css").text


def test_a_colour_that_is_none_does_not_break_the_page(session: TenantSession, client: FlaskClient) -> None:
    _profile(session).primary_color = "red;}body{display:none"
    session.commit()
    assert client.get("/bantuan").status_code == 200
    assert "display" not in client.get("/gaya.css").text


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_the_crest_is_re_encoded_and_small(session: TenantSession, client: FlaskClient, kind: str) -> None:
    save_crest(session, _picture(kind))
    session.commit()
    page = client.get("/bantuan").text
    address = page.partition('src="/lambang/small')[2].partition('"')[0]
    small = client.get(f"/lambang/small{address}")
    assert small.mimetype == "image/webp"
    assert len(small.data) < 8_000
    assert "immutable" in small.headers["Cache-Control"]
    assert client.get("/favicon.ico").mimetype == "image/png"
    with Image.open(io.BytesIO(small.data)) as image:
        assert max(image.size) == 144
        assert ("A" in image.mode) is (kind != "JPEG")


def test_a_new_crest_replaces_the_old_one(session: TenantSession, client: FlaskClient) -> None:
    for size in ((300, 300), (500, 400)):
        save_crest(session, _picture(size=size))
        session.commit()
    with Image.open(io.BytesIO(client.get("/lambang/small").data)) as image:
        assert image.size == (144, 115)


@pytest.mark.parametrize(
    "body", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n" + b"0" * 50, b"GIF89a"]
)
def test_anything_else_is_no_crest(session: TenantSession, body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        save_crest(session, io.BytesIO(body))
    assert refused.value.errors[0].field == "crest"


def test_the_crest_of_another_region_is_not_here(
    session: TenantSession, other_tenant: Tenant, client_of: Clients
) -> None:
    save_crest(session, _picture())
    session.commit()
    assert client_of(other_tenant).get("/lambang/small").status_code == 404


def test_unknown_pages_are_one_page_byte_for_byte(regions: Callable[..., Tenant], client_of: Clients) -> None:
    off = regions(plugins=())
    client = client_of(off)
    first = client.get("/tidak-ada")
    assert first.status_code == 404
    asked = [
        ("GET", "/tidak/ada/juga"), ("POST", "/tidak-ada"), ("DELETE", "/layanan/feedback/h/"), ("GET", "/layanan/feedback/h/x"),
        ("POST", "/kelola/feedback"), ("GET", "/kelola/feedback/"), ("PUT", "/kait/feedback/x"), ("GET", "/lambang/tidak-ada"),
    ]  # fmt: skip
    for method, path in asked:
        other = client.open(path, method=method)
        assert (other.status_code, other.data) == (404, first.data), (method, path)
        assert sorted(other.headers) == sorted(first.headers), (method, path)


def test_unknown_host_leads_to_the_directory(app: Flask) -> None:
    page = app.test_client().get("/", base_url="http://tidak-ada.localhost:8000")
    assert page.status_code == 404
    assert 'href="http://localhost' in page.text
    assert "Cari daerah Anda" in page.text


def test_hosts_are_taken_as_they_are_meant(app: Flask, tenant: Tenant) -> None:
    for host in (
        f"{tenant.slug.upper()}.LOCALHOST:8000",
        f"{tenant.slug}.localhost.",
        f"{tenant.slug}.localhost.:8000",
    ):
        page = app.test_client().get("/bantuan", headers={"Host": host})
        assert page.status_code == 200
        assert tenant.name in page.text


def test_a_wrong_method_says_so_and_names_the_right_one(client: FlaskClient) -> None:
    page = post_form(client, "/bantuan")
    assert page.status_code == 405
    assert "GET" in page.headers["Allow"]
    assert "Ke beranda" in page.text


def test_a_kiloton_of_text_is_named_as_such(client: FlaskClient) -> None:
    page = post_form(client, "/_gaya", {"isi": "a" * 10_000_000})
    assert page.status_code == 413
    assert "Kiriman terlalu besar" in page.text


def test_the_shared_limit_holds_over_workers_and_forgets(app: Flask) -> None:
    def use(key: str) -> bool:
        with app.test_request_context():
            try:
                limits.count("uji", key, allowed=3, seconds=60)
            except TooMany:
                return False
            return True

    moment = clock.now().replace(second=0, microsecond=0)
    with clock.frozen(moment):
        assert [use("a") for _ in range(5)] == [True, True, True, False, False]
        assert use("b")
    with clock.frozen(moment + timedelta(seconds=105)):
        assert [use("a") for _ in range(3)] == [True, True, False]
    with clock.frozen(moment + timedelta(seconds=400)):
        assert use("a")
        with app.app_context(), app.extensions["balai.db"].engine.begin() as connection:
            assert queries.purge(connection) >= 1
        assert [use("a") for _ in range(3)] == [True, True, False]


def test_the_shared_limit_is_exact_under_load(app: Flask) -> None:
    passed: list[bool] = []

    def many() -> None:
        with app.test_request_context(), clock.frozen(clock.now().replace(second=1)):
            for _ in range(10):
                try:
                    limits.count("serbu", "satu", allowed=12, seconds=3600)
                except TooMany:
                    passed.append(False)
                else:
                    passed.append(True)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 12


def test_the_application_can_not_read_the_limits_table(app: Flask) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import ProgrammingError

    with (
        app.extensions["balai.db"].engine.connect() as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(text("SELECT * FROM rate_limit"))


def test_the_gallery_is_not_for_production(make_app: Callable[..., Flask], tenant: Tenant) -> None:
    made = make_app(env="production", secret_key="p" * 40)
    assert made.test_client().get("/_gaya", base_url=f"http://{tenant.slug}.localhost:8000").status_code == 404


def test_first_visit_is_light(client: FlaskClient, session: TenantSession) -> None:
    """Everything that a phone fetches on its first page: at most 60 KB."""
    save_crest(session, _picture())
    session.commit()
    page = client.get("/bantuan", headers={"Accept-Encoding": "gzip"})
    text = client.get("/bantuan").text
    total = len(page.data)
    parts = re.findall(r'(?:rel="(?:stylesheet|icon)"[^>]* href|script[^>]* src|img[^>]* src)="([^"]+)"', text)
    assert len(parts) >= 5
    for address in parts:
        total += len(client.get(address, headers={"Accept-Encoding": "gzip"}).data)
    assert total < 40_000, total


def test_icons_that_rooms_and_plugins_name_exist(app: Flask, tenant: Tenant) -> None:
    from flask import g

    from balai import plugins

    with app.test_request_context():
        g.tenant = tenant
        hooks = plugins.hooks(tenant)
        named = [i.icon for several in hooks.collect_menu(tenant=tenant) for i in several]
        named += [c.icon for several in hooks.collect_home_cards(tenant=tenant) for c in several]
        named += [i.icon for i in app.extensions.get("balai.apex_menu", ())]
        known = app.extensions["balai.assets"].icons
    assert len(named) >= 5
    assert sorted({name for name in named if name not in known}) == []


def test_the_menu_is_what_this_member_may_open(client: FlaskClient, tenant: Tenant, client_of: Clients) -> None:
    act_as(client, tenant, "admin")
    page = client.get("/kelola").text
    assert 'href="/kelola/petugas"' in page
    assert (
        'aria-current="page"' in page.partition('href="/kelola"')[2][:40]
        or 'href="/kelola" aria-current="page"' in page
    )
    officer = client_of(tenant)
    act_as(officer, tenant, "officer")
    assert 'href="/kelola/petugas"' not in officer.get("/kelola").text


def test_signed_in_people_see_their_own_entry(client: FlaskClient, tenant: Tenant) -> None:
    assert 'href="/masuk"' in client.get("/bantuan").text
    act_as(client, tenant)
    page = client.get("/bantuan")
    assert 'href="/saya"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_unknown_pages_do_not_tell_who_is_asking(client: FlaskClient, tenant: Tenant) -> None:
    before = client.get("/tidak-ada")
    act_as(client, tenant, "admin")
    assert client.get("/tidak-ada").data == before.data
    assert client.get("/kelola/tidak-ada").data == before.data


def test_without_the_database_a_page_still_says_what_to_do(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr("balai.tenancy.requests.find_tenant", gone)
    page = client.get("/bantuan")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "15"
    assert "Layanan belum siap" in page.text
    assert "connection refused" not in page.text
    assert "database not reachable" in caplog.text
