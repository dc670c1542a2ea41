"""Keycloak's sign-in flow, built step by step through its admin interface (there is no call that takes a whole flow)."""

from typing import Any
from urllib.parse import quote

from balai.auth.keycloak import Account


def ensure_flow(admin: Account, wanted: dict[str, Any], changes: list[str]) -> None:
    """The top-level flow exists as described and is bound where `binds` says.

    A flow in use can't be rebuilt in place without locking people out for a moment: a changed shape gets a new alias in
    the realm file, and the old flow stays unused.
    """
    alias = wanted["alias"]
    if alias not in {flow["alias"] for flow in admin.get("/authentication/flows")}:
        admin.post(
            "/authentication/flows",
            {"alias": alias, "providerId": "basic-flow", "topLevel": True, "builtIn": False},
        )
        _steps(admin, alias, alias, wanted["steps"])
        changes.append(f"sign-in flow {alias} created")
    if admin.get("").get(wanted["binds"]) != alias:
        admin.put("", {wanted["binds"]: alias})


def _steps(admin: Account, top: str, parent: str, steps: list[dict[str, Any]]) -> None:
    base = f"/authentication/flows/{quote(parent)}/executions"
    for step in steps:
        if "flow" in step:
            admin.post(
                f"{base}/flow", {"alias": step["flow"], "type": "basic-flow", "provider": "registration-page-form"}
            )
        else:
            admin.post(f"{base}/execution", {"provider": step["authenticator"]})
        execution = _newest(admin.get(base))
        admin.put(base, execution | {"requirement": step["requirement"]})
        if "config" in step:
            admin.post(
                f"/authentication/executions/{execution['id']}/config",
                {"alias": f"{parent}-{step['authenticator']}", "config": step["config"]},
            )
        if "flow" in step:
            _steps(admin, top, step["flow"], step["steps"])


def _newest(executions: list[dict[str, Any]]) -> dict[str, Any]:
    """The step just added: the last one on its level (children of earlier steps stand deeper)."""
    level = min(e["level"] for e in executions)
    return [e for e in executions if e["level"] == level][-1]
