"""Health, readiness and figures for machines."""

from balai.admin.ops.routes import blueprint

__all__ = ["blueprint"]
