"""The Keycloak realm, described in a file and set up by one call that may be run again at every upgrade."""

from balai.auth.realm.setup import SetUp, api_client_uuid, client_uuid, ensure_realm, ensure_role, read_file

__all__ = ["SetUp", "api_client_uuid", "client_uuid", "ensure_realm", "ensure_role", "read_file"]
