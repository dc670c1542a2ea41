"""Tokens, sessions, permissions, members, and the lines to Keycloak. No pages: `web` has /masuk and /keluar."""

from balai.auth.leaving import ADMIN, What, when_leaving
from balai.auth.models import Member
from balai.auth.permissions import CORE_PERMISSIONS, CORE_ROLES, Catalogue, catalogue
from balai.auth.principal import Principal
from balai.auth.queries import drop_my_case, move_my_case, my_cases, purge_sessions, put_my_case
from balai.auth.requests import check, current, init_app, require, require_staff, signed_in
from balai.auth.runtime import Runtime, runtime
from balai.auth.status import keycloak_status

__all__ = [
    "ADMIN",
    "CORE_PERMISSIONS",
    "CORE_ROLES",
    "Catalogue",
    "Member",
    "Principal",
    "Runtime",
    "What",
    "catalogue",
    "check",
    "current",
    "drop_my_case",
    "init_app",
    "keycloak_status",
    "move_my_case",
    "my_cases",
    "purge_sessions",
    "put_my_case",
    "require",
    "require_staff",
    "runtime",
    "signed_in",
    "when_leaving",
]
