"""Every way in which a token may be wrong, with keys of our own."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from balai import clock
from balai.auth.jwks import KeyStore, KeysUnknownError
from balai.auth.keycloak import KeycloakDownError, KeycloakHttp, Reply
from balai.auth.tokens import TokenRefusedError, Verifier

ISSUER = "https://sso.contoh.id/realms/balai"
ALIAS = "t-0b0d8f4e-4a43-4c5a-9a53-2f6a2a5b1c11"
OTHER = "t-11111111-4a43-4c5a-9a53-2f6a2a5b1c11"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
STRANGER = RSAKey.generate_key(2048, {"kid": "k1"})


class Server(KeycloakHttp):
    """Keycloak's key page, counted; `down` makes it fail."""

    def __init__(self):
        super().__init__("http://127.0.0.1:1")
        self.asked, self.down = 0, False
        self.keys = [KEY]

    def send(self, *_, **__):
        self.asked += 1
        if self.down:
            raise KeycloakDownError
        listed = [{**k.as_dict(private=False), "use": "sig", "alg": "RS256", "kid": k.kid} for k in self.keys]
        encryption = {**STRANGER.as_dict(private=False), "use": "enc", "alg": "RSA-OAEP", "kid": "enc"}
        return Reply(200, {"keys": [*listed, encryption]}, "")


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def verifier(server):
    return Verifier(KeyStore(server, "balai"), ISSUER)


@pytest.fixture(autouse=True)
def _at_noon():
    with clock.frozen(NOW):
        yield


def claims(**changes):
    base = {
        "iss": ISSUER, "aud": "api", "azp": "portal", "typ": "Bearer", "sub": "s1", "sid": "d1", "acr": "kode",
        "iat": int(NOW.timestamp()) - 10, "exp": int(NOW.timestamp()) + 290, "name": "Siti", "email": "siti@contoh.id",
        "organization": {ALIAS: {"id": "x", "resource_access": {"api": {"roles": ["officer"]}}}},
    }  # fmt: skip
    base |= changes
    return {k: v for k, v in base.items() if v is not None}


def signed(payload, key=KEY, **header):
    protected = {"alg": "RS256", "kid": "k1"} | header
    return jws.serialize_compact(protected, json.dumps(payload), key)


def plain(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_a_good_token_is_read(verifier):
    found = verifier.access(signed(claims()))
    assert (found.sub, found.name, found.acr, found.azp) == ("s1", "Siti", "kode", "portal")
    assert found.organizations == {ALIAS: frozenset({"officer"})}
    assert found.service_alias is None


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://sso.contoh.id/realms/master"},
        {"iss": "https://jahat.example/realms/balai"},
        {"iss": None},
        {"aud": "account"},
        {"aud": ["account", "portal"]},
        {"aud": None},
        {"azp": "balai-console"},
        {"azp": "admin-cli"},
        {"azp": None},
        {"azp": ["portal"]},
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"typ": "Logout"},
        {"typ": None},
        {"exp": int(NOW.timestamp())},
        {"exp": int(NOW.timestamp()) - 3600},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"iat": int(NOW.timestamp()) + 60},
        {"iat": None},
        {"nbf": int(NOW.timestamp()) + 60},
        {"sub": None},
        {"sub": ""},
    ],
    ids=str,
)
def test_a_wrong_claim_is_refused(verifier, changes):
    with pytest.raises(TokenRefusedError):
        verifier.access(signed(claims(**changes)))


def test_alg_none_is_refused(verifier):
    for alg in ("none", "None", "NONE", ""):
        head = plain({"alg": alg, "kid": "k1"})
        for signature in ("", "eA"):
            with pytest.raises(TokenRefusedError):
                verifier.access(f"{head}.{plain(claims())}.{signature}")


def test_a_shared_secret_made_of_the_public_key_is_refused(verifier):
    """The old confusion: HS256 with the published key as its secret."""
    signing_input = f"{plain({'alg': 'HS256', 'kid': 'k1'})}.{plain(claims())}"
    mac = hmac.digest(KEY.as_pem(private=False), signing_input.encode(), hashlib.sha256)
    token = f"{signing_input}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    with pytest.raises(TokenRefusedError):
        verifier.access(token)


def test_another_signature_under_our_key_id_is_refused(verifier):
    with pytest.raises(TokenRefusedError):
        verifier.access(signed(claims(), key=STRANGER))


def test_a_changed_payload_is_refused(verifier):
    head, _, signature = signed(claims()).split(".")
    with pytest.raises(TokenRefusedError):
        verifier.access(f"{head}.{plain(claims(sub='somebody-else'))}.{signature}")


def test_the_encryption_key_signs_nothing(verifier):
    with pytest.raises(TokenRefusedError):
        verifier.access(signed(claims(), key=STRANGER, kid="enc"))


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "a.b", "x" * 20_000, "ä.ö.ü", "e30.e30.e30", "bnVsbA.bnVsbA.x"]
)
def test_nonsense_is_refused(verifier, text):
    with pytest.raises(TokenRefusedError):
        verifier.access(text)


def test_critical_headers_and_embedded_keys_are_ignored_or_refused(verifier):
    stranger = {"jwk": STRANGER.as_dict(private=False)}
    head = plain({"alg": "RS256", "kid": "k1", **stranger})
    with pytest.raises(TokenRefusedError):
        verifier.access(f"{head}.{plain(claims())}.{signed(claims(), key=STRANGER).split('.')[2]}")
    head = plain({"alg": "RS256", "kid": "k1", "crit": ["exp"]})
    with pytest.raises(TokenRefusedError):
        verifier.access(f"{head}.{plain(claims())}.xx")


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (None, {}),
        ([], {}),
        ("t-x", {}),
        ({}, {}),
        ({"bandung": {"resource_access": {"api": {"roles": ["admin"]}}}}, {}),
        ({ALIAS: {}}, {ALIAS: frozenset()}),
        ({ALIAS: {"groups": ["/admin"]}}, {ALIAS: frozenset()}),
        ({ALIAS: {"resource_access": {"portal": {"roles": ["admin"]}}}}, {ALIAS: frozenset()}),
        ({ALIAS: {"resource_access": {"api": {"roles": [1, "leader"]}}}}, {ALIAS: frozenset({"leader"})}),
        ({ALIAS: {"resource_access": {"api": "admin"}}}, {ALIAS: frozenset()}),
    ],
    ids=str,
)
def test_roles_are_read_from_the_organization_alone(verifier, claim, expected):
    top = {"resource_access": {"api": {"roles": ["admin"]}}, "realm_access": {"roles": ["admin"]}}
    assert verifier.access(signed(claims(organization=claim, **top))).organizations == expected


def test_a_regions_client_speaks_for_its_own_region_only(verifier):
    own = claims(azp=f"{ALIAS}.sms")
    assert verifier.access(signed(own)).service_alias == ALIAS
    with pytest.raises(TokenRefusedError):
        verifier.access(signed(own | {"organization": {OTHER: {}}}))
    with pytest.raises(TokenRefusedError):
        verifier.access(signed(own | {"organization": {ALIAS: {}, OTHER: {}}}))


def test_identity_token_needs_our_nonce_and_us_as_its_only_audience(verifier):
    good = claims(typ="ID", aud="portal", nonce="n1")
    assert verifier.identity(signed(good), "n1").sub == "s1"
    for bad in (
        {"nonce": "n2"},
        {"nonce": None},
        {"aud": "api"},
        {"aud": ["portal", "api"]},
        {"typ": "Bearer"},
        {"azp": "x"},
    ):
        with pytest.raises(TokenRefusedError):
            verifier.identity(signed({k: v for k, v in (good | bad).items() if v is not None}), "n1")


def test_logout_token_is_nothing_else(verifier):
    event = {"http://schemas.openid.net/event/backchannel-logout": {}}
    good = claims(typ="Logout", aud="portal", events=event)
    assert verifier.logout(signed(good)) == ("d1", "s1")
    assert verifier.logout(signed({k: v for k, v in good.items() if k != "sid"})) == (None, "s1")
    for bad in (
        {"typ": "ID"},
        {"aud": "api"},
        {"events": {}},
        {"events": None},
        {"nonce": "n"},
        {"sid": None, "sub": None},
    ):
        with pytest.raises(TokenRefusedError):
            verifier.logout(signed({k: v for k, v in (good | bad).items() if v is not None}))


def test_an_unknown_key_asks_keycloak_again_but_not_for_every_forgery(verifier, server, monkeypatch):
    verifier.access(signed(claims()))
    assert server.asked == 1
    fresh = RSAKey.generate_key(2048, {"kid": "k2"})
    for _ in range(50):
        with pytest.raises(TokenRefusedError):
            verifier.access(signed(claims(), key=fresh, kid="k2"))
    assert server.asked == 1
    # Keycloak rotates: after a while an unknown key is asked for, and found.
    server.keys = [KEY, fresh]
    monkeypatch.setattr("balai.auth.jwks.REFETCH_SECONDS", 0.0)
    assert verifier.access(signed(claims(), key=fresh, kid="k2")).sub == "s1"
    assert server.asked == 2


def test_known_keys_outlive_keycloak(verifier, server, monkeypatch):
    verifier.access(signed(claims()))
    server.down = True
    monkeypatch.setattr("balai.auth.jwks.REFETCH_SECONDS", 0.0)
    monkeypatch.setattr("balai.auth.jwks.LIFETIME_SECONDS", -1.0)
    assert verifier.access(signed(claims(sid="d2"))).sub == "s1"
    assert server.asked == 2


def test_without_any_key_nothing_is_claimed_about_a_token(verifier, server):
    server.down = True
    with pytest.raises(KeysUnknownError):
        verifier.access(signed(claims()))


def test_a_withdrawn_key_is_forgotten(verifier, server, monkeypatch):
    verifier.access(signed(claims()))
    server.keys = [RSAKey.generate_key(2048, {"kid": "k3"})]
    monkeypatch.setattr("balai.auth.jwks.REFETCH_SECONDS", 0.0)
    monkeypatch.setattr("balai.auth.jwks.LIFETIME_SECONDS", -1.0)
    with pytest.raises(TokenRefusedError):
        verifier.access(signed(claims(sid="d2")))


def test_a_known_token_is_known_for_a_minute_and_never_past_its_end(verifier, server, monkeypatch):
    token = signed(claims())
    dying = signed(claims(exp=int(NOW.timestamp()) + 30))
    verifier.access(token)
    verifier.access(dying)
    server.keys = [RSAKey.generate_key(2048, {"kid": "k3"})]
    monkeypatch.setattr("balai.auth.jwks.REFETCH_SECONDS", 0.0)
    monkeypatch.setattr("balai.auth.jwks.LIFETIME_SECONDS", -1.0)
    with clock.frozen(NOW + timedelta(seconds=59)):
        assert verifier.access(token).sub == "s1"
        with pytest.raises(TokenRefusedError):
            verifier.access(dying)
    with clock.frozen(NOW + timedelta(seconds=61)), pytest.raises(TokenRefusedError):
        verifier.access(token)


def test_expiry_follows_the_one_clock(verifier):
    token = signed(claims())
    with clock.frozen(NOW + timedelta(seconds=289)):
        verifier.access(token)
    with clock.frozen(NOW + timedelta(seconds=290)), pytest.raises(TokenRefusedError):
        verifier.access(token)
