"""Real Keycloak for tests (filled by the identity slice)."""
