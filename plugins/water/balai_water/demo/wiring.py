"""What this room brings to the plugin."""

from balai_water.demo import loading

TASKS = [loading.furnish_demo]
