"""Water keeps what every plugin promises."""

from balai.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "water"
