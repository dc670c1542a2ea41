"""Small values that plugins hand to the shell for pages that the core draws."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the console's side menu; shown only to members with `permission` (None = every member)."""

    label: str
    endpoint: str
    icon: str = "dot"
    permission: str | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A card on the region's home page."""

    title: str
    text: str
    url: str
    icon: str = "dot"
    order: int = 100


@dataclass(frozen=True, slots=True)
class ChainAction:
    """A suggestion beside a unit on the chain view."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One sentence of proof on a service, such as "biasanya selesai 4 hari", with where the figure comes from."""

    service_id: str
    sentence: str
    source: str


@dataclass(frozen=True, slots=True)
class FormNote:
    """What somebody should know before they fill in a form: a sentence, and where to read on (a path of this host)."""

    text: str
    url: str
    link: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A plugin's reason why a switch or a place isn't possible, in plain Indonesian."""

    reason: str
