"""Feedback's services keep what every service promises."""

from balai.testing.services import ServiceContract


class TestServices(ServiceContract):
    plugin = "feedback"
