"""Scenario `onboarding`: seconds until a region is open, a real Keycloak included, and whether twenty at once lose an address.

The same call as `balai tenant create` and the operator's page: keys, profile, districts and villages, organization with roles,
redirect addresses, the admin's account.
"""

import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from balai.admin.onboarding import Onboarded, Wish, onboard
from balai.app import create_app
from balai.auth.keycloak import Account, KeycloakHttp
from balai.auth.provisioning import Provisioner
from balai.auth.realm import ensure_realm
from balai.devstack import stack
from balai.settings import Settings
from bench import seed

_WARM = 2
_ALONE = 7


def measure(together: int, say: Callable[[str], None] = print) -> str:
    """A sentence for the report."""
    keycloak = stack.ensure_keycloak("test")
    server = stack.ensure_postgres("bench")
    database = seed.migrated(server, "bench_onboarding")
    environ = {
        **stack.environment("test"),
        "BALAI_ENV": "development",
        "BALAI_DATABASE_URL": database.app_url,
        "BALAI_DATABASE_POOL": str(2 * together),
        "BALAI_KEYCLOAK_URL": keycloak.url,
    }
    settings = replace(Settings.from_env(environ), realm=f"bench-{uuid.uuid4().hex[:8]}")
    ensure_realm(settings, keycloak.admin_user, keycloak.admin_password)
    admin = Account.administrator(
        KeycloakHttp(settings.keycloak_server_url), settings.realm, keycloak.admin_user, keycloak.admin_password
    )
    app = create_app(settings)
    try:
        return _measure(app, settings, _codes(database, _WARM + _ALONE + together), together, say)
    finally:
        app.extensions["balai.db"].close()
        admin.delete("")
        database.drop_database(database.database)


def _codes(database: seed.PgInfo, count: int) -> list[str]:
    import psycopg

    with psycopg.connect(database.owner_url) as connection:
        rows = connection.execute(
            "SELECT code FROM registry.region WHERE kind IN ('kabupaten', 'kota') ORDER BY code LIMIT %s", (count,)
        )
        return [row[0] for row in rows]


def _measure(app: object, settings: Settings, codes: list[str], together: int, say: Callable[[str], None]) -> str:
    def one(code: str) -> tuple[float, Onboarded]:
        wish = Wish(f"admin-{uuid.uuid4().hex[:8]}@contoh.id", "Admin Bench", code, plugins=("feedback",))
        begun = time.perf_counter()
        with app.app_context():  # type: ignore[attr-defined]
            made = onboard(settings, wish)
        return time.perf_counter() - begun, made

    for code in codes[:_WARM]:
        one(code)
    alone = [one(code)[0] for code in codes[_WARM : _WARM + _ALONE]]
    say(f"  satu per satu: {statistics.median(alone):.2f} s")
    begun = time.perf_counter()
    with ThreadPoolExecutor(together) as pool:
        done = list(pool.map(one, codes[_WARM + _ALONE :]))
    seconds = time.perf_counter() - begun
    with app.app_context():  # type: ignore[attr-defined]
        provisioner = Provisioner(settings, app.extensions["balai.db"])  # type: ignore[attr-defined]
        written, _logouts = provisioner._addresses(provisioner._portal())  # noqa: SLF001 - what Keycloak holds, unfiltered
    wanted = {settings.public_url(settings.tenant_host(made.tenant.slug), "/masuk/selesai") for _seconds, made in done}
    lost = len(wanted - written)
    wild = sum("*" in address for address in written)
    return (
        f"Onboarding, a real Keycloak included: {statistics.median(alone):.2f} s warm (median of {_ALONE}); {together} at once"
        f" in {seconds:.1f} s together, slowest {max(s for s, _ in done):.1f} s; {lost} redirect addresses lost, {wild} with a"
        f" wildcard."
    )
