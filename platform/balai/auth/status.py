"""Keycloak's health in the words of `/readyz`: its absence degrades the service and doesn't stop it."""

from balai.auth.runtime import runtime

_WORDS = {
    "ok": "ok",
    "down": "degraded: nobody can sign in, those who are signed in go on",
    "no-realm": "degraded: the realm is not set up yet (balai identity setup)",
}


def keycloak_status() -> str:
    """`ok`, or `degraded: <why>`."""
    return _WORDS[runtime().status()]
