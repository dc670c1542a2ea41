"""Host -> tenant, first thing in every request."""

from flask import Flask, g, request

from balai.db import database
from balai.errors import NotFound, Unavailable
from balai.settings import Settings, current_settings
from balai.tenancy import queries
from balai.tenancy.tenants import Tenant
from balai.words import gettext as _
from balai.words import lazy_gettext

# Asked by probes under any host name, the pod's address included.
_HOSTLESS = frozenset({"ops.healthz", "ops.readyz", "ops.metrics"})


class UnknownHost(NotFound):
    """404: no region answers under this host name; the page leads to the directory."""

    slug, title = "daerah-tidak-dikenal", lazy_gettext("Alamat ini belum dipakai daerah mana pun")


def normalise_host(raw: str) -> str:
    """Lower case, without port and trailing dot; "" when it isn't a host name (decision 22)."""
    host = raw.strip().lower()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") <= 1:
        host = host.partition(":")[0]
    return host.removesuffix(".")


def find_tenant(host: str, settings: Settings) -> Tenant | None:
    """The tenant of a normalised host that isn't the apex: `<slug>.<domain>` or a proven custom domain."""
    # U+0000 is in no name, and PostgreSQL fails on it.
    if "\0" in host:
        return None
    label, _dot, rest = host.partition(".")
    if rest == settings.domain:
        return queries.look_up_slug(database(), label)
    return queries.look_up_host(database(), host)


def init_app(app: Flask) -> None:
    """Set `g.tenant` (None on the apex) and `g.host` before anything else runs."""

    @app.before_request
    def _resolve() -> None:
        settings = current_settings()
        g.host = normalise_host(request.host)
        g.tenant = None
        if g.host == settings.domain or request.endpoint in _HOSTLESS:
            return
        tenant = find_tenant(g.host, settings)
        if tenant is None:
            raise UnknownHost
        if tenant.status == "suspended":
            raise Unavailable(
                _("Layanan daerah ini sedang dihentikan sementara oleh pengelola. Data Anda tetap tersimpan."),
                slug="daerah-dihentikan",
                retry_after=3600,
            )
        if tenant.status == "onboarding":
            raise Unavailable(_("Layanan daerah ini sedang disiapkan."), slug="daerah-disiapkan", retry_after=60)
        g.tenant = tenant
