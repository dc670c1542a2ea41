"""Small parts of the shell, without a database: files, vendored packages, forms, languages, limits, headers."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from balai import clock
from balai.errors import FieldError, Invalid, TooMany
from balai.settings import Settings
from balai.web import assets, catalogues, flashes, i18n, limits, vendor
from balai.web.forms import Form
from balai.web.look import NEUTRAL, stylesheet
from balai.web.rendering import render
from balai.web.wiring import init_app

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def _app(**settings: object) -> Flask:
    made = Flask("test", static_folder=None)
    made.extensions["balai.settings"] = Settings(env="test", secret_key="s" * 40, **settings)  # type: ignore[arg-type]

    @made.get("/kabar")
    def news() -> object:
        flashes.flash("Tersimpan, terima kasih.")
        return redirect("/bantuan")

    @made.get("/rusak")
    def broken() -> object:
        raise RuntimeError("rahasia dapur")

    @made.get("/siapa")
    def who() -> str:
        return limits.address()

    init_app(made)
    return made


@pytest.fixture
def app() -> Flask:
    return _app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_vendored_files_are_those_of_the_manifest() -> None:
    assert vendor.check() == []


def test_a_changed_vendored_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in vendor.packages():
        for taken in package.get("files", ()):
            target = tmp_path / taken["to"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((vendor.STATIC / taken["to"]).read_bytes())
    monkeypatch.setattr(vendor, "STATIC", tmp_path)
    assert vendor.check() == []
    (tmp_path / "vendor/htmx.min.js").write_text("alert(1)")
    assert vendor.check() == ["vendor/htmx.min.js differs from htmx.org 2.0.11"]


def test_every_vendored_package_names_version_licence_and_hash() -> None:
    for package in vendor.packages():
        assert {"name", "version", "licence", "integrity", "why"} <= package.keys()
        assert package["integrity"].startswith("sha512-")
    assert not (vendor.STATIC / "vendor" / "axe.min.js").exists()  # MPL-2.0: for tests only


def test_every_file_has_a_name_of_its_content(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        url = assets.asset_url("portal.css")
    plain = client.get(url)
    packed = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert client.get("/static/portal.000000000000.css").status_code == 404
    assert client.get("/static/../settings.py").status_code == 404


def test_stylesheets_point_to_files_that_exist(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        for name in assets.BUNDLES:
            css = client.get(assets.asset_url(name)).text
            for address in re.findall(r"url\(([^)]+)\)", css):
                assert client.get(address).status_code == 200, address


def test_icons_are_drawn_into_the_page(app: Flask) -> None:
    with app.app_context():
        assert 'aria-hidden="true"' in assets.icon("search")
        assert 'aria-label="&lt;b&gt;"' in assets.icon("search", "<b>")
        assert "<circle" in assets.icon("tidak-ada")


def test_compacting_keeps_what_matters() -> None:
    css = "/* x */ a  :hover > b { width: calc(1rem + 2px) ; color : red; }\n@media (min-width: 1rem) { i { top: 0 } }"
    assert assets.compact_css(css) == "a :hover > b{width:calc(1rem + 2px);color :red}@media (min-width:1rem){i{top:0}}"


def test_a_form_keeps_values_and_errors() -> None:
    errors = Invalid(
        [FieldError("/alamat/desa", "Pilih desa."), FieldError("isi", "Ceritakan."), FieldError("isi", "x")]
    )
    form = Form.of(MultiDict([("isi", ""), ("hal", "a"), ("hal", "b")]), errors)
    assert form.chosen("hal") == {"a", "b"}
    assert form.error("isi") == "Ceritakan."
    assert form.error("alamat.desa") == "Pilih desa."
    assert Form.of({"hal": ["x", "y"], "kosong": None}).chosen("hal") == {"x", "y"}
    assert Form.of({"kosong": None}).value("kosong") == ""
    assert Form.of({}, Invalid(detail="Coba lagi.")).errors == {"": "Coba lagi."}


def test_a_failed_form_answers_422_with_everything_typed(client: FlaskClient) -> None:
    token = client.get("/token-formulir").get_json()
    data = {token["field"]: token["token"], "judul": '"Jalan" <rusak>', "hal": ["a", "c"], "kecamatan": "2"}
    page = client.post("/_gaya", data=data, headers={"Origin": "http://localhost"})
    assert page.status_code == 422
    assert 'value="&#34;Jalan&#34; &lt;rusak&gt;"' in page.text
    assert '<option value="2" selected>' in page.text
    assert page.text.count("checked") >= 3  # two choices and the kept photo
    assert 'href="#f-judul"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'id="f-judul-error"' in page.text
    assert "<title>Perlu diperbaiki: " in page.text


def test_one_sentence_is_carried_to_the_next_page_once(client: FlaskClient) -> None:
    client.get("/kabar")
    assert "Tersimpan, terima kasih." in client.get("/bantuan").text
    assert "Tersimpan" not in client.get("/bantuan").text


def test_a_forged_sentence_is_not_shown(client: FlaskClient) -> None:
    client.set_cookie(flashes.COOKIE, "0" * 32 + ".W1siZ29vZCIsIkFuZGEgbWVuYW5nISJdXQ==", domain="localhost")
    assert "menang" not in client.get("/bantuan").text


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("", "id"),
        ("id-ID,id;q=0.9,en;q=0.8", "id"),
        ("en-US,en;q=0.9,id;q=0.8", "id"),  # an English phone that also lists Indonesian
        ("fr-FR,fr;q=0.9", "id"),
        ("en-US,en;q=0.9", "id"),  # as phones leave the factory; English is chosen on the page
        ("qps", "id"),  # the test language is only ever asked for by name
    ],
)
def test_language_by_the_browsers_list(app: Flask, asked: str, got: str) -> None:
    with app.test_request_context(headers={"Accept-Language": asked}):
        assert i18n.language() == got


def test_the_choice_is_remembered(client: FlaskClient) -> None:
    assert "⟦Bantuan⟧" in client.get("/bantuan?bahasa=qps").text
    assert "⟦Data pribadi Anda⟧" in client.get("/privasi").text
    assert "⟦" not in client.get("/privasi?bahasa=id").text
    assert "⟦" not in client.get("/privasi?bahasa=xx").text


def test_a_catalogue_with_holes_falls_back_to_indonesian(
    tmp_path: Path, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Bantuan"\nmsgstr "Pitulungan"\n\n'
        'msgid "%(num)s hari lalu"\nmsgid_plural "%(num)s hari lalu"\nmsgstr[0] "%(num)s dina kepungkur"\n'
        'msgstr[1] "%(num)s dina kepungkur"\n\nmsgid "Cari"\nmsgstr ""\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(catalogues, "_folders", [*catalogues._folders])
    i18n.add_catalogues([tmp_path])
    with app.app_context(), i18n.force_language("xx"):
        lazy = i18n.lazy_gettext("Bantuan")
        assert i18n.gettext("Bantuan") == str(lazy) == f"{lazy}" == "Pitulungan"
        assert i18n.gettext("Cari") == "Cari"
        assert i18n.gettext("Belum ada di katalog") == "Belum ada di katalog"
        assert i18n.ngettext("%(num)s hari lalu", "%(num)s hari lalu", 3) == "3 dina kepungkur"
    assert str(lazy) == "Bantuan"


def test_window_slides_and_does_not_count_what_it_refuses() -> None:
    window = limits.Window(3, 60)
    with clock.frozen(NOON):
        assert [window.hit("a") for _ in range(5)] == [0, 0, 0, 60, 60]
        assert window.hit("b") == 0
    with clock.frozen(NOON + timedelta(seconds=105)):  # a quarter of the full window before still counts
        assert [bool(window.hit("a")) for _ in range(3)] == [False, False, True]
    with clock.frozen(NOON + timedelta(seconds=300)):
        assert window.hit("a") == 0


def test_window_forgets_the_oldest_keys() -> None:
    window = limits.Window(1, 60, most_keys=2)
    with clock.frozen(NOON):
        assert [window.hit(k) for k in "abca"] == [0, 0, 0, 0]


def test_allow_raises_with_the_time_to_wait(app: Flask) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.5"}), clock.frozen(NOON):
        limits.allow("cari", allowed=1, seconds=30)
        with pytest.raises(TooMany) as refused:
            limits.allow("cari", allowed=1, seconds=30)
    assert refused.value.headers == {"Retry-After": "30"}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("nonsense", "unknown"),
    ],
)
def test_addresses_are_households(app: Flask, address: str, kept: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert limits.address() == kept


def test_limit_buckets_are_keyed_hashes(app: Flask) -> None:
    with app.test_request_context():
        one = limits.bucket("masuk", "0812")
    with _app().test_request_context():
        assert limits.bucket("masuk", "0812") == one  # the same secret, another worker
    with app.test_request_context():
        assert limits.bucket("lacak", "0812") != one
    assert len(one) == 16
    assert b"0812" not in one


@pytest.mark.parametrize(("hops", "seen"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.5")])
def test_only_our_own_proxies_are_believed(hops: int, seen: str) -> None:
    client = _app(proxy_hops=hops).test_client()
    headers = {"X-Forwarded-For": "203.0.113.5, 198.51.100.7", "X-Forwarded-Proto": "https, https"}
    answer = client.get("/siapa", headers=headers)
    assert answer.text == seen
    assert ("Strict-Transport-Security" in answer.headers) is (hops > 0)


def test_headers_on_every_answer(client: FlaskClient) -> None:
    for path in ("/bantuan", "/tidak-ada", "/gaya.css", "/robots.txt", "/rusak", "/api/v1/tidak-ada"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "unsafe" not in policy
        assert "nonce" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Permissions-Policy" in headers
        assert "Strict-Transport-Security" not in headers


def test_public_pages_are_asked_for_again_and_cost_nothing_then(client: FlaskClient) -> None:
    first = client.get("/privasi")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get("/privasi", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_pages_of_a_signed_in_person_are_kept_nowhere(client: FlaskClient) -> None:
    client.set_cookie("__Host-balai", "x", domain="localhost")
    assert client.get("/privasi").headers["Cache-Control"] == "no-store"


def test_pages_travel_packed(client: FlaskClient) -> None:
    packed = client.get("/bantuan", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data).decode() == client.get("/bantuan").text


def test_an_unexpected_failure_says_sorry_and_gives_a_reference(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    page = client.get("/rusak")
    assert page.status_code == 500
    assert "rahasia dapur" not in page.text
    reference = re.search(r'class="code">([0-9A-F]{8})<', page.text)
    assert reference is not None
    assert reference.group(1) in caplog.text
    assert "rahasia dapur" in caplog.text


def test_a_misspelt_variable_is_a_failure(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(Exception, match="undefined"):
        render("balai/errors/page.html")


def test_the_neutral_look_is_the_stylesheets_own() -> None:
    tokens = (assets.STATIC / "css/tokens.css").read_text(encoding="utf-8")
    for rule in stylesheet(NEUTRAL).removeprefix(":root{").removesuffix(";}").split(";"):
        assert rule.replace(":", ": ") + ";" in tokens, rule


def test_a_menu_entry_that_leads_nowhere_is_left_out(app, caplog):
    from balai.contracts import MenuItem
    from balai.web.menu import _entry

    with app.test_request_context("/kelola"):
        assert _entry(MenuItem("Rusak", "nobody.knows")) is None
    assert "leads nowhere" in caplog.text
