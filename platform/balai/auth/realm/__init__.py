"""The Keycloak realm, described in a file and set up by one call that may be run again at every upgrade."""

from balai.auth.realm.setup import SetUp, ensure_realm, read_file

__all__ = ["SetUp", "ensure_realm", "read_file"]
