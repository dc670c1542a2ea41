"""A region opens in one idempotent call, against the real Keycloak."""

import time

import pytest

from balai.admin.onboarding import Wish, default_slug, onboard
from balai.auth import members
from balai.errors import Conflict, Invalid
from balai.tenancy import queries, registry_scope, tenant_scope

pytestmark = pytest.mark.identity


def wish(code, **changes):
    return Wish(region_code=code, admin_email=f"admin-{code}@contoh.id", admin_name="Budi Admin", **changes)


def test_a_region_opens_and_answers(identity, client_of):
    with identity.app.app_context():
        made = onboard(identity.settings, wish("11.71"))
        assert made.tenant.slug == "kota-banda-aceh"
        with tenant_scope(made.tenant) as session:
            people = members.list_members(session)
            assert [m.roles for m in people] == [["admin"]]
        with registry_scope() as session:
            again = queries.tenant_by_region(session, "11.71")
    assert again.status == "active"
    assert client_of(again).get("/").status_code == 200


def test_the_same_call_again_changes_nothing(identity):
    with identity.app.app_context():
        first = onboard(identity.settings, wish("11.72"))
        second = onboard(identity.settings, wish("11.72"))
        assert first.tenant.id == second.tenant.id
        with tenant_scope(first.tenant) as session:
            assert len(members.list_members(session)) == 1


def test_a_failure_halfway_can_be_run_again(identity, monkeypatch, client_of):
    from balai.admin import onboarding

    with identity.app.app_context():
        with monkeypatch.context() as broken:
            broken.setattr(onboarding.members, "invite_member", lambda *_a, **_k: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                onboard(identity.settings, wish("11.73"))
        with registry_scope() as session:
            half = queries.tenant_by_region(session, "11.73")
        assert half.status == "onboarding"
        assert client_of(half).get("/").status_code == 503
        assert onboard(identity.settings, wish("11.73")).tenant.id == half.id
    assert client_of(half).get("/").status_code == 200


def test_warm_onboarding_is_quick(identity):
    with identity.app.app_context():
        onboard(identity.settings, wish("11.74"))
        start = time.monotonic()
        onboard(identity.settings, wish("11.75"))
        print(f"onboarding, warm: {time.monotonic() - start:.2f} s")


@pytest.mark.parametrize("code", ["31.71", "99.99", "", "11.1"])
def test_what_is_no_region_of_its_own_is_refused(app, settings, code):
    with app.app_context(), pytest.raises(Invalid):
        onboard(settings, wish(code))


def test_reserved_and_used_slugs_are_refused(app, settings, tenant):
    with app.app_context():
        for slug in ("admin", tenant.slug):
            with pytest.raises(Conflict):
                onboard(settings, wish("12.71", slug=slug))


def test_slugs_tell_city_from_regency():
    assert default_slug("Kota Bandung", "kota") == "kota-bandung"
    assert default_slug("Kabupaten Bandung", "kabupaten") == "kab-bandung"
    assert default_slug("Daerah Istimewa Yogyakarta", "provinsi") == "prov-daerah-istimewa-yogyakarta"
