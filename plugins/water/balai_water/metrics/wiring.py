"""What the room brings to the plugin."""

from balai_water.metrics.values import METRICS, values

metric_values = values
__all__ = ["METRICS", "metric_values"]
