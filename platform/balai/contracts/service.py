"""A service is one validated document: form, workflow, deadlines, who may see it, what it costs.

These are the parsed, frozen shapes. Reading and checking YAML or JSON is the work of `balai.cases.documents`.
Durations are working days unless they say hours; money is whole rupiah.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from balai.contracts.sectors import Sector

FieldType = Literal[
    "text", "longtext", "number", "money", "date", "choice", "multichoice", "place", "region", "file", "photo", "voice",
    "nik", "phone", "email", "consent",
]  # fmt: skip
Outcome = Literal["done", "not_possible", "referred", "withdrawn", "lapsed", "merged"]
OUTCOMES: tuple[Outcome, ...] = ("done", "not_possible", "referred", "withdrawn", "lapsed", "merged")
Effect = Literal["none", "changed", "returned", "refused", "approved"]
Visibility = Literal["public", "private", "secret"]
# The slot of a unit that only checks what others finished; every other slot stands at a state of the workflow.
CHECKER = "pemeriksa"
ROLES_OF_ACTORS = ("citizen", "staff", "timer")


@dataclass(frozen=True, slots=True)
class Personal:
    """Why a field holds personal data. Declaring it is enough: the platform then encrypts, masks and indexes it."""

    purpose: str
    basis: str
    retention_days: int


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    show_if maps another field's key to the values for which this one is asked; options are (value, label) pairs of a
    choice; limits holds type-specific bounds (min, max, max_length).
    """

    key: str
    type: FieldType
    label: str
    help: str = ""
    required: bool = False
    show_if: dict[str, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[tuple[str, str], ...] = ()
    limits: dict[str, Any] = field(default_factory=dict)
    personal: Personal | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A station of the case: the slot whose unit has it, its deadline, whom it waits for, its outcome.

    sla_days: working days from entering it; sla_hours: clock hours since the case was filed, for what a law gives in hours
    (3 x 24 hours): nights, holidays and questions don't stop them.
    """

    key: str
    label: str
    slot: str | None = None
    sla_days: int | None = None
    waits_for: Literal["staff", "citizen", "other"] = "staff"
    outcome: Outcome | None = None
    sla_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A step from any state of `source` to `target`.

    by is "citizen", "staff", "timer" or "event:<name>"; demands are fields to fill at this step ("answer" is the
    public answer); message names the text sent to the reporter; optional steps can be switched off by a region.
    """

    key: str
    source: tuple[str, ...]
    target: str
    label: str
    by: str = "staff"
    permission: str = "cases.work"
    demands: tuple[str, ...] = ()
    message: str | None = None
    effect: Effect = "none"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Timer:
    """After `after_days` working days in `state`: remind the unit, escalate to its head, or take a transition."""

    state: str
    after_days: int
    do: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """States and the steps between them."""

    start: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    timers: tuple[Timer, ...] = ()

    def state(self, key: str) -> State:
        """The state with this key; raises KeyError."""
        for s in self.states:
            if s.key == key:
                return s
        raise KeyError(key)

    def transition(self, key: str) -> Transition:
        """The transition with this key; raises KeyError."""
        for t in self.transitions:
            if t.key == key:
                return t
        raise KeyError(key)

    def leaving(self, state: str) -> tuple[Transition, ...]:
        """Transitions that start in `state`."""
        return tuple(t for t in self.transitions if state in t.source)


@dataclass(frozen=True, slots=True)
class Service:
    """One service document, parsed.

    owner is the plugin's name or "daerah"; titles and summary map a language ("id", "en") to text; fee is whole rupiah
    per `fee_per`; competence tells which level may offer it; second_check: none, citizen or a slot;
    check_days: working days for it (None: 3 for a unit, 10 for the citizen); keywords: what people type who look for it;
    publish: whether a human looks before the public sees a public case of it.
    """

    owner: str
    key: str
    version: int
    titles: dict[str, str]
    summary: dict[str, str]
    sector: Sector
    topic: str
    workflow: Workflow
    fields: tuple[Field, ...] = ()
    documents: tuple[str, ...] = ()
    kind: Literal["service", "readiness"] = "service"
    audience: Literal["public", "staff"] = "public"
    visibility: Visibility = "private"
    anonymous: bool = False
    competence: tuple[Literal["kabkota", "provinsi"], ...] = ("kabkota", "provinsi")
    legal_basis: str = ""
    fee_amount: int | None = None
    fee_per: str = ""
    target_group_label: str = ""
    target_group_metric: str = ""
    reopen_days: int = 10
    second_check: str = "none"
    check_days: int | None = None
    keywords: tuple[str, ...] = ()
    publish: Literal["reviewed", "at_once"] = "reviewed"

    @property
    def id(self) -> str:
        """`<owner>.<key>`: also the Open311 service code and the subject of a verdict."""
        return f"{self.owner}.{self.key}"

    @property
    def title(self) -> str:
        """Indonesian title."""
        return self.titles["id"]

    def field(self, key: str) -> Field:
        """The form field with this key; raises KeyError."""
        for f in self.fields:
            if f.key == key:
                return f
        raise KeyError(key)

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots named by the workflow, in order of appearance, and the checking unit's if it is another one."""
        named = [s.slot for s in self.workflow.states if s.slot]
        return tuple(dict.fromkeys([*named, CHECKER] if self.second_check == CHECKER else named))
