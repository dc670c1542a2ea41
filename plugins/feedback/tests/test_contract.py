"""The plugin keeps to what every plugin must keep to."""

from balai.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "feedback"
