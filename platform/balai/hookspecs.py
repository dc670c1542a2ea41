"""Every hook, typed. The docstring is the contract: when it is called, what it answers, what None means.

A plugin is a module named in the entry-point group `balai.plugins`. It has an attribute `manifest: Manifest` and functions
marked with `@hookimpl` that carry a hook's name; a function takes only the arguments it needs. Three families:

- `register_*`: once at start, outside any region. An exception, or a value that isn't right, keeps the plugin out as a whole.
- `collect_*`, `check_*`: in a request or job of one region, read-only, only for plugins that are on there. A plugin that fails
  is logged and skipped; the others answer.
- `on_*`: never in the request. One queued job per event and plugin, in the transaction that made the event; at least once, so
  idempotent by `event.id`; events about the same subject arrive in order.

None always means "nothing from me". Argument types: `tenant` is balai.api.Tenant, `session` the region's TenantSession.
"""

from typing import TYPE_CHECKING, Any

import pluggy

from balai.contracts import (
    ChainAction,
    Channel,
    Connector,
    Event,
    FormNote,
    HomeCard,
    MenuItem,
    Metric,
    MetricValue,
    PaymentProvider,
    Permission,
    PersonalData,
    Proof,
    Refusal,
    Role,
    Service,
    Task,
)

if TYPE_CHECKING:
    from flask import Blueprint

PROJECT = "balai"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- register_: once, at start -----------------------------------------------------------------------------------------


@hookspec
def register_blueprints() -> "list[Blueprint] | None":
    """Pages, API resources and webhooks.

    Each blueprint is named `<plugin>` or `<plugin>_<part>`, has its `url_prefix` at or below `/layanan/<plugin>/h`,
    `/kelola/<plugin>`, `/api/v1/<plugin>` (an ApiBlueprint) or `/kait/<plugin>`, and its templates below
    `templates/<plugin>/`. Rules elsewhere, app-wide functions, filters or error handlers keep the plugin out.
    """


@hookspec
def register_services() -> list[Service] | None:
    """Service documents of this plugin, parsed (`balai.api.load_services(folder, owner=...)`); the owner is the plugin itself."""


@hookspec
def register_permissions() -> list[Permission] | None:
    """Permissions besides the manifest's; keys `<plugin>.<verb>`."""


@hookspec
def register_roles() -> list[Role] | None:
    """Roles that a region may give to members; keys `<plugin>.<role>`, permissions from core or this plugin."""


@hookspec
def register_tasks() -> list[Task] | None:
    """Background work, made with `balai.api.task` and `balai.api.periodic`; names `<plugin>.<verb>`."""


@hookspec
def register_metrics() -> list[Metric] | None:
    """Metrics besides the manifest's; their values come from `collect_metric_values`."""


@hookspec
def register_personal_data() -> list[PersonalData] | None:
    """Personal data held besides the manifest's: rows of the region's record of processing."""


@hookspec
def register_channels() -> list[Channel] | None:
    """Ways to reach people: a region switches one on and enters its settings."""


@hookspec
def register_payment_providers() -> list[PaymentProvider] | None:
    """Ways to pay an invoice: a region switches one on and enters its settings; keys are unique over all plugins."""


@hookspec
def register_connectors() -> list[Connector] | None:
    """Bridges to other systems that reports or open data flow through."""


# --- collect_: while one region's page or job is made ------------------------------------------------------------------


@hookspec
def collect_menu(tenant: Any) -> list[MenuItem] | None:
    """Entries of the console's menu. Called for each console page; members without an entry's permission don't see it."""


@hookspec
def collect_metric_values(tenant: Any, session: Any, month: str) -> list[MetricValue] | None:
    """Values of this plugin's metrics in `month` ("2026-03"), called by the monthly job and again when a month is rebuilt."""


@hookspec
def collect_home_cards(tenant: Any) -> list[HomeCard] | None:
    """Cards on the region's home page, lowest `order` first. Called for each visit: no queries that grow with the data."""


@hookspec
def collect_service_proof(tenant: Any, session: Any, service_id: str) -> list[Proof] | None:
    """Sentences of proof for one service (`<owner>.<key>`), shown beside its form and on `/manfaat`."""


@hookspec
def collect_form_notes(tenant: Any, session: Any, service_id: str) -> list[FormNote] | None:
    """Called when the public form of a service (`<owner>.<key>`) is opened: what people should know before they file, such as a
    known outage. Shown above the form; never in the copy that a phone keeps.
    """


@hookspec
def collect_chain_actions(tenant: Any, session: Any, unit_id: Any) -> list[ChainAction] | None:
    """Suggestions beside a unit on the chain view."""


# --- check_: may this happen? ------------------------------------------------------------------------------------------


@hookspec
def check_enable(tenant: Any, session: Any, plugin: str) -> Refusal | None:
    """Called before `plugin` is switched on; asked of the core, of that plugin itself and of those that are on.

    None agrees. The first Refusal stops the switch and its reason is shown to whoever switches.
    """


@hookspec
def check_place(tenant: Any, session: Any, service_id: str, latitude: float, longitude: float) -> Refusal | None:
    """Called when a citizen points to a place (WGS84 degrees) for a service, before filing. None agrees."""


# --- on_: something happened (queued) ----------------------------------------------------------------------------------


@hookspec
def on_case_filed(tenant: Any, session: Any, event: Event) -> None:
    """A case was filed by whatever channel; `event.subject_id` is the case's id."""


@hookspec
def on_case_moved(tenant: Any, session: Any, event: Event) -> None:
    """A case took a step; `event.subject_id` is the case's id. Also sent for the step that ends it, before on_case_closed."""


@hookspec
def on_case_closed(tenant: Any, session: Any, event: Event) -> None:
    """A case reached an outcome; `event.subject_id` is the case's id."""


@hookspec
def on_case_rated(tenant: Any, session: Any, event: Event) -> None:
    """The reporter rated the outcome; `event.subject_id` is the case's id."""


@hookspec
def on_member_left(tenant: Any, session: Any, event: Event) -> None:
    """A member was removed; `event.subject_id` is the member's id."""


@hookspec
def on_plugin_switched(tenant: Any, session: Any, event: Event) -> None:
    """A plugin's state changed; `event.subject_id` is the plugin's name. A plugin that was switched off isn't told."""


@hookspec
def on_decision_made(tenant: Any, session: Any, event: Event) -> None:
    """A decision was recorded; `event.subject_id` is the decision's id."""


@hookspec
def on_invoice_settled(tenant: Any, session: Any, event: Event) -> None:
    """An invoice was paid in full; `event.subject_id` is the invoice's id."""
