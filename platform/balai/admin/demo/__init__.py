"""Three regions with believable data, to be looked at and thrown away. Refused outside demo mode."""

from balai.admin.demo.loading import load

__all__ = ["load"]
