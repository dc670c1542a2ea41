"""From figures to a verdict. Pure functions over published thresholds: no database, no clock, nothing hidden."""

from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec
import yaml

from balai.evidence.verdicts.wilson import share

Action = Literal["stop", "fix", "keep"]
ACTIONS: Final[dict[str, Action]] = {
    "title_only": "stop", "unproven": "fix", "useful": "keep", "growing": "keep", "early": "keep",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds with their version, as rules.yaml holds them."""

    version: str
    thresholds: dict[str, float]

    def __getitem__(self, key: str) -> float:
        return self.thresholds[key]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the rules are told about one subject; twelve whole months unless it says otherwise.

    kind: service, readiness or app; months_on: whole months since it is on; begun: the day from which those count (ISO, ""
    for apps); people: distinct, None when unknown (apps: users a month); unknown: cases of people who left no contact;
    target: size of the target group, None when nobody entered it; recent, earlier: cases of the last and of the first six of the
    twelve months; cost: rupiah a year, None when nothing was entered; drills, delivered, sent: of what stands ready; districts,
    reached: how many there are, from how many anybody asked; half, most: working seconds within which half and nine tenths ended;
    overlaps: titles of services that do the same.
    """

    subject: str
    kind: Literal["service", "readiness", "app"]
    months_on: int
    asked: int = 0
    ended: int = 0
    completed: int = 0
    abandoned: int = 0
    late: int = 0
    reopened: int = 0
    rated: int = 0
    satisfied: int = 0
    assisted: int = 0
    people: int | None = None
    unknown: int = 0
    again: int = 0
    target: int | None = None
    recent: int = 0
    earlier: int = 0
    cost: int | None = None
    drills: int = 0
    delivered: int = 0
    sent: int = 0
    districts: int = 0
    reached: int = 0
    half: int | None = None
    most: int | None = None
    overlaps: tuple[str, ...] = ()
    begun: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a key and the numbers that belong into its sentence."""

    key: str
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """key: title_only, unproven, useful, growing, early; action: stop, fix, keep."""

    key: str
    reasons: tuple[Reason, ...]

    @property
    def action(self) -> Action:
        """What follows from it."""
        return ACTIONS[self.key]


@lru_cache(maxsize=1)
def published() -> Rules:
    """The rules that this version of Balai ships."""
    found = yaml.safe_load(files(__package__).joinpath("rules.yaml").read_text(encoding="utf-8"))
    return Rules(str(found["version"]), dict(found["thresholds"]))


def judge(figures: Figures, rules: Rules) -> Verdict:
    """The verdict; the same figures and rules always give the same one."""
    if figures.kind == "readiness":
        return _readiness(figures, rules)
    return _app(figures, rules) if figures.kind == "app" else _service(figures, rules)


def _service(f: Figures, r: Rules) -> Verdict:  # noqa: PLR0911 - one line per rule, first hit wins
    used = Reason("used", {"asked": f.asked, "months": f.months_on})
    if f.months_on < r["months_new"] and f.asked < r["enough"]:
        return Verdict("early", (Reason("new", {"months": f.months_on, "least": r["months_new"]}), used))
    if title := _title_only(f, r):
        return Verdict("title_only", (title, used))
    if f.months_on < r["months_full"] and f.asked < r["enough"]:
        return Verdict("early", (Reason("few", {"asked": f.asked, "enough": r["enough"]}), used))
    faults = _faults(f, r)
    if faults:
        return Verdict("unproven", tuple(faults))
    done = share(f.completed, f.ended)
    if done.low < r["completed"]:
        # The interval holds the threshold: it may be good, it may be bad.
        early = f.months_on < r["months_full"]
        reason = Reason("unsure", {"ended": f.ended, "low": done.low, "high": done.high, "least": r["completed"]})
        return Verdict("early" if early else "unproven", (reason, used))
    if not f.target:
        early = f.months_on < r["months_full"]
        return Verdict("early" if early else "unproven", (Reason("no_target"), used))
    good = _good(f, done.low)
    half = share(f.recent, f.recent + f.earlier)
    if f.months_on >= r["months_full"] and half.low > r["growing"]:
        return Verdict("growing", (Reason("growing", {"recent": f.recent, "earlier": f.earlier}), *good))
    return Verdict("useful", good)


def _title_only(f: Figures, r: Rules) -> Reason | None:
    if f.months_on < r["months_new"]:
        return None
    if f.asked == 0 and f.months_on >= r["months_full"]:
        return Reason("unused", {"months": f.months_on})
    if f.target:
        reach = share(_reached(f), f.target)
        if reach.high < r["title_reach"]:
            return Reason("title_reach", {"reached": _reached(f), "target": f.target, "high": reach.high})
        return None
    if f.months_on >= r["months_full"] and f.asked < r["title_asked"]:
        return Reason("title_asked", {"asked": f.asked, "least": r["title_asked"]})
    return None


def _reached(f: Figures) -> int:
    """People; whoever left no contact might each be another one: in doubt for the service."""
    return max((f.people or 0) + f.unknown, 0)


def _faults(f: Figures, r: Rules) -> list[Reason]:
    found = []
    done = share(f.completed, f.ended)
    if done.high < r["completed"]:
        found.append(Reason("completed", {"completed": f.completed, "ended": f.ended, "least": r["completed"]}))
    gone = share(f.abandoned, f.ended)
    if gone.low > r["abandoned"]:
        found.append(Reason("abandoned", {"abandoned": f.abandoned, "ended": f.ended, "most": r["abandoned"]}))
    late = share(f.late, f.ended)
    if late.low > r["late"]:
        found.append(Reason("late", {"late": f.late, "ended": f.ended, "most": r["late"]}))
    if f.rated >= r["enough_ratings"] and share(f.satisfied, f.rated).high < r["satisfied"]:
        found.append(Reason("satisfied", {"satisfied": f.satisfied, "rated": f.rated, "least": r["satisfied"]}))
    if f.target and share(_reached(f), f.target).high < r["low_reach"]:
        found.append(Reason("low_reach", {"reached": _reached(f), "target": f.target, "least": r["low_reach"]}))
    if f.ended == 0:
        found.append(Reason("nothing_ended", {"asked": f.asked}))
    return found


def _good(f: Figures, low: float) -> tuple[Reason, ...]:
    good = [Reason("done", {"completed": f.completed, "ended": f.ended, "low": low})]
    if f.target:
        good.append(Reason("reach", {"reached": _reached(f), "target": f.target}))
    if f.rated:
        good.append(Reason("liked", {"satisfied": f.satisfied, "rated": f.rated}))
    return tuple(good)


def _readiness(f: Figures, r: Rules) -> Verdict:
    """Judged by drills and by what arrives: that it is rarely needed is no fault."""
    rare = Reason("rare", {"asked": f.asked})
    if f.drills < r["drills"]:
        if f.months_on < r["months_new"]:
            return Verdict("early", (Reason("new", {"months": f.months_on, "least": r["months_new"]}), rare))
        return Verdict("unproven", (Reason("no_drill", {"drills": f.drills, "least": r["drills"]}), rare))
    drilled = Reason("drilled", {"drills": f.drills})
    if f.sent <= 0:
        return Verdict("useful", (drilled, rare))
    arrived = share(f.delivered, f.sent)
    told = {"delivered": f.delivered, "sent": f.sent, "least": r["delivered"]}
    if arrived.high < r["delivered"] or (arrived.value or 0) < r["delivered"]:
        return Verdict("unproven", (Reason("not_delivered", told), drilled))
    return Verdict("useful", (drilled, Reason("delivered", told), rare))


def _app(f: Figures, r: Rules) -> Verdict:  # noqa: PLR0911 - one line per rule, first hit wins
    """The same questions as far as they can be asked; the figures are what its owner says."""
    same = (Reason("overlap", {"with": ", ".join(f.overlaps)}),) if f.overlaps else ()
    if f.people is None:
        return Verdict("unproven", (Reason("users_unknown"), *same))
    if f.months_on < r["months_new"]:
        return Verdict("early", (Reason("new", {"months": f.months_on, "least": r["months_new"]}), *same))
    if not f.target:
        return Verdict("title_only" if f.people == 0 else "unproven", (Reason("no_target"), *same))
    reach = share(f.people, f.target)
    told = {"reached": f.people, "target": f.target, "high": reach.high}
    if reach.high < r["title_reach"]:
        return Verdict("title_only", (Reason("title_reach", told), *same))
    if same:
        return Verdict("unproven", same)
    if reach.high < r["low_reach"]:
        return Verdict("unproven", (Reason("low_reach", {**told, "least": r["low_reach"]}),))
    return Verdict("useful", (Reason("reach", told),))


def dump(figures: Figures) -> dict[str, Any]:
    """Figures as they are stored and exported."""
    return asdict(figures)


def load(stored: dict[str, Any]) -> Figures:
    """Figures from what was stored or exported."""
    return msgspec.convert(stored, Figures)
