"""Meter readings: what was read, what it means, and what somebody must look at before it is billed."""

from balai_water.readings.judging import Flag, Judged, judge

__all__ = ["Flag", "Judged", "judge"]
