"""What the room brings to the plugin."""

from balai_water.metrics.pages import MENU, blueprint
from balai_water.metrics.values import METRICS, values

BLUEPRINTS = (blueprint,)
metric_values = values
__all__ = ["BLUEPRINTS", "MENU", "METRICS", "metric_values"]
