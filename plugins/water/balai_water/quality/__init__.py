"""Is the water safe to drink: samples against the limits of their day, incidents, and what people are told."""
