"""The only way in which the core calls `collect_*` and `check_*` hooks: gated by region, isolated by plugin, read-only."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from balai.contracts import ChainAction, FormNote, HomeCard, MenuItem, MetricValue, Proof, Refusal
from balai.db import TenantSession
from balai.plugins import queries

log = logging.getLogger(__name__)

# (hook, plugin) -> a caller that reaches this one plugin's implementation
Callers = Mapping[tuple[str, str], Callable[..., list[Any]]]


class Hooks:
    """Hooks of the plugins in `names` (core rooms first, then by name). Made by `hooks(tenant)`, cached per set of names.

    Each method answers one list per plugin that had something to say, in the order of `names`.
    """

    def __init__(self, callers: Callers, names: Sequence[str], *, core: Iterable[str] = ()) -> None:
        self.names = tuple(names)
        self._callers = callers
        # The core's own rooms need no guard against themselves: three statements less for each call, on the home page too.
        self._trusted = frozenset(core)

    def collect_menu(self, *, tenant: Any) -> list[list[MenuItem]]:
        """Entries of the console's menu."""
        return self._lists("collect_menu", MenuItem, tenant=tenant)

    def collect_home_cards(self, *, tenant: Any) -> list[list[HomeCard]]:
        """Cards on the home page."""
        return self._lists("collect_home_cards", HomeCard, tenant=tenant)

    def collect_metric_values(self, *, tenant: Any, session: TenantSession, month: str) -> list[list[MetricValue]]:
        """Values of declared metrics in a month."""
        return self._lists("collect_metric_values", MetricValue, tenant=tenant, session=session, month=month)

    def collect_service_proof(self, *, tenant: Any, session: TenantSession, service_id: str) -> list[list[Proof]]:
        """Sentences of proof for a service."""
        return self._lists("collect_service_proof", Proof, tenant=tenant, session=session, service_id=service_id)

    def collect_form_notes(self, *, tenant: Any, session: TenantSession, service_id: str) -> list[list[FormNote]]:
        """What people should know before they file."""
        return self._lists("collect_form_notes", FormNote, tenant=tenant, session=session, service_id=service_id)

    def collect_chain_actions(self, *, tenant: Any, session: TenantSession, unit_id: Any) -> list[list[ChainAction]]:
        """Suggestions beside a unit."""
        return self._lists("collect_chain_actions", ChainAction, tenant=tenant, session=session, unit_id=unit_id)

    def check_enable(self, *, tenant: Any, session: TenantSession, plugin: str) -> list[Refusal]:
        """Reasons against switching `plugin` on; empty when all agree."""
        return self._refusals("check_enable", tenant=tenant, session=session, plugin=plugin)

    def check_place(
        self, *, tenant: Any, session: TenantSession, service_id: str, latitude: float, longitude: float
    ) -> list[Refusal]:
        """Reasons against this place; empty when all agree."""
        place = {"service_id": service_id, "latitude": latitude, "longitude": longitude}
        return self._refusals("check_place", tenant=tenant, session=session, **place)

    def by_plugin(self, hook: str, **arguments: Any) -> dict[str, Any]:
        """Answers of any collect_ or check_ hook by plugin name, unchecked."""
        answers = ((name, self._ask(hook, name, arguments)) for name in self.names)
        return {name: answer for name, answer in answers if answer is not None}

    def _lists(self, hook: str, type_: type, **arguments: Any) -> list[list[Any]]:
        kept = []
        for name, answer in self.by_plugin(hook, **arguments).items():
            if isinstance(answer, list | tuple) and all(isinstance(item, type_) for item in answer):
                kept.append(list(answer))
            else:
                log.error("plugin %s: %s answered no list of %s; skipped", name, hook, type_.__name__)
        return kept

    def _refusals(self, hook: str, **arguments: Any) -> list[Refusal]:
        answers = self.by_plugin(hook, **arguments)
        for name, answer in answers.items():
            if not isinstance(answer, Refusal):
                log.error("plugin %s: %s answered no Refusal; skipped", name, hook)
        return [answer for answer in answers.values() if isinstance(answer, Refusal)]

    def _ask(self, hook: str, name: str, arguments: dict[str, Any]) -> Any:
        caller = self._callers.get((hook, name))
        if caller is None:
            return None
        try:
            session = None if name in self._trusted else arguments.get("session")
            found = _read_only(session, lambda: caller(**arguments))
        except Exception:
            log.exception("plugin %s failed in %s; skipped", name, hook)
            return None
        return found[0] if found else None


def _read_only(session: TenantSession | None, call: Callable[[], list[Any]]) -> list[Any]:
    """Inside a savepoint that is always undone: a hook can't write, and its failed statement doesn't abort the others' work."""
    if session is None:
        return call()
    savepoint = session.begin_nested()
    try:
        queries.forbid_writes(session)
        return call()
    finally:
        savepoint.rollback()
