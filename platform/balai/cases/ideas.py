"""`/saya`: one's own cases."""

from typing import Any

from flask import Response

from balai import auth, cases, db, tenancy, web
from balai.cases import queries, visitor, wording
from balai.cases.portal import blueprint
from balai.tenancy import registry_scope
from balai.tenancy.queries import tenant_by_id


@blueprint.get("/saya")
def mine() -> Response:
    """A signed-in citizen's cases here and in other regions; a browser's own ones without an account."""
    principal, session = auth.current(), db.session()
    person = visitor.holder()
    here = tenancy.current()
    rows = [{"case": r, "label": _label(r)} for r in queries.own_cases(session, person) if _of_citizens(r)]
    elsewhere: list[dict[str, Any]] = []
    if principal is not None and here is not None:
        elsewhere = _elsewhere(principal.sub, here.id)
    web.personal()
    return web.render("cases/portal/mine.html", rows=rows, elsewhere=elsewhere, signed_in=principal is not None)


def _of_citizens(row: Any) -> bool:
    """What a member asked of their own office stands in the console (`/kelola/layanan-pegawai`)."""
    return cases.rules_of(db.session(), row.service_id, row.service_version).audience == "public"


def _elsewhere(sub: str, here: int) -> list[dict[str, Any]]:
    found = [row for row in auth.my_cases(db.database(), sub) if row.tenant_id != here]
    with registry_scope() as registry:
        regions = {row.tenant_id: tenant_by_id(registry, row.tenant_id) for row in found}
    states = {
        tenant_id: _states_there(tenant_id, [row for row in found if row.tenant_id == tenant_id])
        for tenant_id in dict.fromkeys(row.tenant_id for row in found)
    }
    from flask import current_app

    settings = current_app.extensions["balai.settings"]
    return [
        {
            "code": row.code,
            "at": row.at,
            "region": region.name,
            "label": states[row.tenant_id].get(row.code, ""),
            "url": settings.public_url(settings.tenant_host(region.slug), f"/lacak/{row.code}"),
        }
        for row in found
        if (region := regions[row.tenant_id]) is not None
    ]


def _states_there(tenant_id: int, rows: list[Any]) -> dict[str, str]:
    """Code -> state in words. Of the other region nothing is read but its services' rules; the state stands on the own list."""
    found = {}
    with tenancy.tenant_scope(tenant_id) as there:
        versions = {service: queries.newest_version(there, service) for service in {row.service for row in rows}}
        for row in rows:
            version = versions[row.service]
            if version is not None:
                service = cases.rules_of(there, row.service, version.version)
                label = wording.state_label(wording.localise(service), row.state)
                found[row.code] = label if label != row.state else ""
    return found


def _label(row: Any) -> str:
    service = cases.rules_of(db.session(), row.service_id, row.service_version)
    return wording.state_label(wording.localise(service), row.state)
