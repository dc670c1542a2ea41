"""What stands at the head of a case's page: where it is, what was promised, whether that was kept, what comes next and from whom.

Late is said as it is, in working days from the promise. One of three outcomes ends most cases, each with what the office wrote.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from balai.cases.clockwork import timers
from balai.cases.models import Case
from balai.cases.timeline import Entry
from balai.cases.wording import OUTCOMES, state_label
from balai.cases.workdays import Calendar
from balai.clock import now
from balai.contracts import Service, Transition
from balai.web.formats import hari
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

_FORWARD: Final = frozenset({"none", "changed", "approved"})
UnitOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Outlook:
    """kind and icon as an alert has them; lines: sentences of ours; said: what the office wrote, line by line, not ours."""

    kind: str
    icon: str
    title: str
    lines: tuple[str, ...]
    said: tuple[str, ...] = field(default=())


def outlook(
    case: Case, service: Service, entries: Sequence[Entry], calendar: Calendar, *, unit: str, unit_of: UnitOf, own: bool
) -> Outlook:
    """The head of the page. unit: who has it now; unit_of: name of the unit that takes a slot; own: for the reporter."""
    if case.closed_at is not None:
        return _ended(case, entries, calendar)
    label = state_label(service, case.state)
    if case.waits_for == "citizen":
        title = _("Kami menunggu jawaban Anda") if own else _("Kami menunggu jawaban pelapor")
        return Outlook("warn", "message-square", title, tuple(_waiting(case, service, calendar, unit)))
    if case.waits_for == "other":
        lines = (_("Menunggu pihak lain; %(unit)s memantaunya.", unit=unit), *_promise(case, calendar))
        return Outlook("info", "clock", label, lines)
    late = case.due_at is not None and case.due_at < now()
    lines = (_("Sekarang di %(unit)s.", unit=unit), *_promise(case, calendar), *_next(case, service, unit_of))
    return Outlook("bad" if late else "info", "triangle-alert" if late else "clock", label, lines)


def _promise(case: Case, calendar: Calendar) -> list[str]:
    if case.due_at is None:
        return []
    if case.due_at >= now():
        return [_("Kami janjikan paling lambat %(day)s.", day=hari(case.due_at))]
    return [f"{late_words(calendar, case.due_at, now())} {_('Kepala unit sudah diberi tahu.')}"]


def late_words(calendar: Calendar, due: datetime, at: datetime) -> str:
    """A sentence such as: Terlambat 3 hari kerja dari janji kami, Selasa, 24 November 2026."""
    days = calendar.between(due, at)
    if days == 0:
        return _("Sudah lewat dari janji kami, %(day)s.", day=hari(due))
    return ngettext(
        "Terlambat %(num)s hari kerja dari janji kami, %(day)s.", "Terlambat %(num)s hari kerja dari janji kami, %(day)s.",
        days, day=hari(due),
    )  # fmt: skip


def _next(case: Case, service: Service, unit_of: UnitOf) -> list[str]:
    step = next((t for t in service.workflow.leaving(case.state) if _leads_on(t, case.state)), None)
    if step is None:
        return []
    target = service.workflow.state(step.target)
    if target.slot:
        return [_("Sesudah itu: “%(state)s”, oleh %(unit)s.", state=target.label, unit=unit_of(target.slot))]
    return [_("Sesudah itu: “%(state)s”.", state=target.label)]


def _leads_on(step: Transition, state: str) -> bool:
    return step.by == "staff" and step.target != state and step.effect in _FORWARD and "question" not in step.demands


def _waiting(case: Case, service: Service, calendar: Calendar, unit: str) -> list[str]:
    lines = [_("Setelah itu %(unit)s melanjutkan.", unit=unit)]
    closing = next((t for t in timers(service, case.state) if t.do not in {"remind", "escalate"}), None)
    if closing is not None:
        day = hari(calendar.after(case.state_since, closing.after_days))
        lines.append(_("Kalau tidak ada jawaban, ini ditutup sendiri pada %(day)s.", day=day))
    return lines


def _ended(case: Case, entries: Sequence[Entry], calendar: Calendar) -> Outlook:
    words = _last_words(entries)
    day = hari(case.closed_at)
    kind, icon = OUTCOMES.get(case.outcome or "", ("", "clock"))
    said = words.get("answer") or words.get("reason") or ""
    lines = [_("Ditutup %(day)s.", day=day)]
    if case.outcome == "done":
        title, lines = _("Selesai"), [_("Selesai %(day)s.", day=day)]
    elif case.outcome == "referred":
        receiver = words.get("receiver", "").strip()
        first = receiver.partition("\n")[0].rstrip(".") if receiver else _("pihak yang berwenang")
        title = _("Diteruskan ke %(receiver)s", receiver=first)
        lines = [_("Ini bukan kewenangan kami. Diteruskan %(day)s.", day=day)]
        said = "\n".join(filter(None, (receiver.partition("\n")[2], words.get("reason", ""))))
    else:
        title = {
            "not_possible": _("Belum bisa diselesaikan"),
            "withdrawn": _("Ditarik oleh pelapor"),
            "lapsed": _("Ditutup karena lama tidak ada kabar"),
            "merged": _("Digabung dengan laporan lain"),
        }.get(case.outcome or "", _("Ditutup"))
    due = _missed(entries)
    if due is not None and case.closed_at is not None:
        lines.append(late_words(calendar, due, case.closed_at))
    return Outlook(kind or "info", icon, title, tuple(lines), tuple(line for line in said.splitlines() if line.strip()))


def _last_words(entries: Sequence[Entry]) -> dict[str, str]:
    """What staff wrote at the last step that has words."""
    for entry in reversed(entries):
        if entry.event.actor_kind == "staff" and entry.event.kind in {"moved", "handed_over"} and entry.words:
            return dict(entry.words)
    return {}


def _missed(entries: Sequence[Entry]) -> datetime | None:
    """The deadline that was missed in the state that the end followed on; None when it was kept."""
    steps = [n for n, entry in enumerate(entries) if entry.event.to_state]
    if not steps:
        return None
    begun = steps[-2] if len(steps) > 1 else 0
    missed = [e.event.data.get("due") for e in entries[begun : steps[-1]] if e.event.kind == "overdue"]
    return datetime.fromisoformat(missed[-1]) if missed and missed[-1] else None
