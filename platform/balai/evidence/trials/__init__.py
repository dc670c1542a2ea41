"""Trials: what is tried out says its target, its cost cap and its end first, and stops by itself."""
