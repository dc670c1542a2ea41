"""An outage as an officer writes it down, and what is wrong with it before anybody is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from balai.api import FieldError, Invalid, gettext, now
from balai_water.outages.models import KINDS, REASONS
from balai_water.outages.selection import Selection

LONGEST_TEXT: Final = 1000
# How far back a burst may have begun before somebody writes it down, how far ahead work is announced, and how long it may last.
_PAST, _AHEAD, _LONGEST = timedelta(days=14), timedelta(days=366), timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Plan:
    """An outage as an officer writes it down; times are aware. ends_at None: nobody knows yet."""

    kind: str
    reason: str
    starts_at: datetime | None
    ends_at: datetime | None
    selection: Selection
    text: str = ""


def check(plan: Plan) -> None:
    """Raises Invalid: kind, reason, starts_at, ends_at, text."""
    errors = []
    if plan.kind not in KINDS:
        errors.append(FieldError("kind", gettext("Pilih salah satu.")))
    if plan.reason not in REASONS:
        errors.append(FieldError("reason", gettext("Pilih sebabnya.")))
    if len(plan.text) > LONGEST_TEXT:
        errors.append(FieldError("text", gettext("Paling banyak %(most)s huruf.", most=LONGEST_TEXT)))
    errors += _time_faults(plan)
    if errors:
        raise Invalid(errors)


def _time_faults(plan: Plan) -> list[FieldError]:
    start, end, moment = plan.starts_at, plan.ends_at, now()
    if start is None:
        return [FieldError("starts_at", gettext("Tulis kapan air mulai mati."))]
    if not moment - _PAST <= start <= moment + _AHEAD:
        return [FieldError("starts_at", gettext("Periksa tanggalnya: terlalu lama lalu, atau terlalu jauh di depan."))]
    if plan.kind == "sudden" and start > moment + timedelta(hours=1):
        return [
            FieldError("starts_at", gettext("Gangguan mendadak sudah mulai. Pilih “Terencana” bila baru akan mulai."))
        ]
    if end is None:
        return []
    return end_faults(start, end)


def end_faults(start: datetime, end: datetime) -> list[FieldError]:
    """What is wrong with the time when water is expected back."""
    if end <= start:
        return [FieldError("ends_at", gettext("Waktu mengalir lagi harus sesudah waktu mulai."))]
    if end <= now():
        return [FieldError("ends_at", gettext("Waktu ini sudah lewat. Tulis perkiraan yang baru, atau kosongkan."))]
    if end - start > _LONGEST:
        return [FieldError("ends_at", gettext("Lebih dari 60 hari. Periksa tanggalnya."))]
    return []
