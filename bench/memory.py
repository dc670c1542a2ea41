"""Scenario `memory`: what one web worker holds with all plugins on, after every kind of page and API call was asked for."""

from balai.devstack.postgres import PgInfo


def measure(server: PgInfo) -> str:
    """A sentence for the report."""
    raise NotImplementedError(server)
