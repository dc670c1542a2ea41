"""Paths, seals, rights, the realm file: what needs no server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import balai.auth
from balai.auth.permissions import CORE_PERMISSIONS, CORE_ROLES, Catalogue
from balai.auth.realm import read_file
from balai.auth.realm.setup import smtp_server
from balai.auth.seal import Box, BrokenSealError, digest
from balai.auth.sessions import read_cookie
from balai.auth.signin import safe_path
from balai.contracts import Permission, Role
from balai.settings import Settings

THEME = Path(balai.auth.__file__).parent / "theme" / "balai"


@pytest.mark.parametrize(
    "path", ["/", "/layanan", "/layanan/feedback/pengaduan?a=1&b=%2F", "/kelola#x", "/masukan", "/lacak/3273-AAAAA"]
)
def test_plain_paths_are_kept(path):
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None, "", "layanan", "https://jahat.example", "//jahat.example", "/\\jahat.example", "\\/jahat.example", "/ /x", "/a\nb",
        "/a\r\nSet-Cookie: x", "/a\tb", "/\x00", "javascript:alert(1)", "/masuk", "/masuk/selesai?state=1", "/keluar",
        "/api/v1/x", "/" + "a" * 700, "///x", "http:/x",
    ],
)  # fmt: skip
def test_everything_else_leads_home(path):
    assert safe_path(path) == "/"


def test_seal_opens_only_with_secret_salt_purpose_and_place():
    sealed = Box("secret" * 6, b"salt", "session").seal({"a": 1}, "who")
    assert Box("secret" * 6, b"salt", "session").open(sealed, "who") == {"a": 1}
    wrong = [
        (Box("other" * 8, b"salt", "session"), "who"),
        (Box("secret" * 6, b"pepper", "session"), "who"),
        (Box("secret" * 6, b"salt", "sign-in"), "who"),
        (Box("secret" * 6, b"salt", "session"), "tokens"),
    ]
    for box, place in wrong:
        with pytest.raises(BrokenSealError):
            box.open(sealed, place)
    for damaged in (b"", sealed[:-1], sealed[:5], bytes(len(sealed))):
        with pytest.raises(BrokenSealError):
            Box("secret" * 6, b"salt", "session").open(damaged, "who")


def test_what_the_database_knows_of_a_cookie_leads_back_to_nothing():
    assert len(digest(b"x" * 32)) == 32
    assert digest(b"x" * 32) != b"x" * 32
    for cookie in ("", "x", "a" * 42, "ä" * 43, "=" * 43, "a" * 44):
        assert read_cookie(cookie) is None


def test_admin_does_not_see_citizens_phone_numbers():
    rights = Catalogue()
    assert "cases.reveal" not in rights.granted(["admin"], operator=False)
    assert "cases.reveal" in rights.granted(["officer"], operator=False)


def test_core_roles_use_known_permissions_and_leaders_publish():
    known = {p.key for p in CORE_PERMISSIONS}
    assert all(role.permissions <= known for role in CORE_ROLES)
    rights = Catalogue()
    assert {"services.publish", "evidence.decide", "plugins.switch"} <= rights.granted(["leader"], operator=False)
    assert rights.granted(["helper"], operator=False) == {"cases.file_for"}
    assert rights.granted(["auditor"], operator=False) == {"audit.read"}
    assert rights.granted(["nobody-knows"], operator=False) == frozenset()


def test_only_an_admin_of_the_operator_manages_tenants():
    rights = Catalogue()
    assert "tenants.manage" in rights.granted(["admin"], operator=True)
    assert "tenants.manage" not in rights.granted(["officer"], operator=True)
    assert "tenants.manage" not in rights.granted(["admin"], operator=False)


def test_a_plugins_role_counts_only_while_the_plugin_is_on():
    rights = Catalogue()
    rights.add(
        "air", [Permission("air.read", "Baca")], [Role("air.pembaca", "Pembaca", frozenset({"air.read", "cases.work"}))]
    )
    assert rights.granted(["air.pembaca"], operator=False, open_plugins=["air"]) == {"air.read", "cases.work"}
    assert rights.granted(["air.pembaca"], operator=False, open_plugins=[]) == frozenset()
    assert "air.pembaca" in {r.key for r in rights.offered(["air"])}
    assert "air.pembaca" not in {r.key for r in rights.offered([])}


@pytest.mark.parametrize(
    ("permissions", "roles"),
    [
        ([Permission("cases.work", "x")], []),
        ([Permission("lain.x", "x")], []),
        ([], [Role("admin", "x", frozenset())]),
        ([], [Role("air.x", "x", frozenset({"tenants.manage"}))]),
        ([], [Role("air.x", "x", frozenset({"unknown.verb"}))]),
    ],
)
def test_a_plugin_claims_nothing_of_others(permissions, roles):
    with pytest.raises(ValueError, match=r"declared|begin|can't have"):
        Catalogue().add("air", permissions, roles)


def test_realm_file_holds_no_users_no_secrets_and_no_addresses():
    text = (Path(balai.auth.__file__).parent / "realm" / "balai.json").read_text()
    plan = read_file()
    assert "users" not in plan
    assert not re.search(r'"(secret|password|credentials|privateKey)"', text)
    assert "http://" not in text
    assert "https://" not in text
    assert '"redirectUris"' not in text
    assert "*" not in text


def test_realm_file_keeps_lifetimes_short_and_people_slow():
    realm = read_file()["realm"]
    assert realm["accessTokenLifespan"] == 300
    assert realm["bruteForceProtected"] is True
    assert realm["organizationsEnabled"] is True
    assert realm["defaultLocale"] == "id"
    assert realm["defaultSignatureAlgorithm"] == "RS256"


def test_service_accounts_have_only_what_decision_19_gives_them():
    accounts = {c["clientId"]: c.get("serviceAccountRoles") for c in read_file()["clients"]}
    assert accounts["balai-console"] == {"realm-management": ["manage-users", "manage-organizations"]}
    assert accounts["balai-worker"] == {"realm-management": ["manage-clients"]}
    assert accounts["portal"] is None
    assert accounts["api"] is None


def test_mail_settings_become_keycloaks_form():
    found = smtp_server(Settings(smtp_url="smtps://a%40b:p%3Aw@mail.contoh.id", mail_from="Balai <balai@contoh.id>"))
    assert found == {
        "host": "mail.contoh.id", "port": "465", "from": "balai@contoh.id", "fromDisplayName": "Balai", "ssl": "true",
        "starttls": "false", "auth": "true", "user": "a@b", "password": "p:w",
    }  # fmt: skip
    plain = smtp_server(Settings(smtp_url="smtp://127.0.0.1:2525", mail_from="balai@contoh.id"))
    assert (plain["port"], plain["auth"], plain["from"]) == ("2525", "false", "balai@contoh.id")


def messages(name):
    lines = (THEME / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_themes_words_are_plain():
    """What docs/kata.md bans from citizens' pages stands on no sign-in page or mail either."""
    banned = re.compile(
        r"\b(perkara|kasus|meja|tenant|plugin|aspirasi|submit|error|galat|realm|klien|token)\b", re.IGNORECASE
    )
    for name in ("login", "email", "account"):
        for key, text in messages(f"{name}/messages/messages_id.properties").items():
            assert not banned.search(text), f"{name}: {key}={text}"


def test_every_word_of_our_own_templates_exists_in_both_languages():
    """Keys that Keycloak doesn't know must be in our files, or the page shows the bare key."""
    own_id = messages("login/messages/messages_id.properties")
    own_en = messages("login/messages/messages_en.properties")
    used = set()
    for template in (THEME / "login").glob("*.ftl"):
        text = template.read_text(encoding="utf-8")
        used |= set(re.findall(r"""msg\(["']([\w.]+)["']""", text)) | set(re.findall(r'label="(\w+)"', text))
    assert used <= own_id.keys()
    ours = {key for key in own_id if re.match(r"(balai|sandi|kode|simpan|kirim|daftar|nama)", key)}
    assert (used & ours) <= own_en.keys()


def test_apostrophes_are_doubled_where_java_formats():
    for name in ("login", "email"):
        for key, text in messages(f"{name}/messages/messages_id.properties").items():
            assert "'" not in text.replace("''", ""), f"{name}: {key}"


def test_web_process_never_loads_an_admin_library():
    """python-keycloak, requests and httpx stay out; so do pieces that only the worker needs."""
    program = (
        "import sys; from balai.app import create_app; from balai.settings import Settings;"
        "create_app(Settings(env='test', database_url='postgresql://x/y', secret_key='x'*40), check_role=False);"
        "import balai.web.signin, balai.auth.members, balai.auth.directory;"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'keycloak', 'requests', 'httpx', 'jwcrypto', 'urllib3'}),"
        " 'balai.auth.provisioning' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] False"
