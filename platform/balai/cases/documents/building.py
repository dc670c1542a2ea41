"""Plain values of a checked document <-> the frozen contracts.Service."""

from collections.abc import Iterable
from typing import Any

from balai.contracts import Field, Personal, Sector, Service, State, Timer, Transition, Workflow


def build(owner: str, values: dict[str, Any]) -> Service:
    """The service of a document that has passed the checks; raises KeyError or TypeError on one that hasn't."""
    fee = values.get("fee") or {}
    target = values.get("target_group") or {}
    return Service(
        owner=owner,
        key=values["key"],
        version=values["version"],
        titles=dict(values["titles"]),
        summary=dict(values["summary"]),
        sector=Sector(values["sector"]),
        topic=values["topic"],
        workflow=_workflow(values["workflow"]),
        fields=tuple(_field(f) for f in values.get("fields", ())),
        documents=tuple(values.get("documents", ())),
        kind=values.get("kind", "service"),
        audience=values.get("audience", "public"),
        visibility=values.get("visibility", "private"),
        anonymous=values.get("anonymous", False),
        competence=tuple(values.get("competence", ("kabkota", "provinsi"))),
        legal_basis=values.get("legal_basis", ""),
        fee_amount=fee.get("amount"),
        fee_per=fee.get("per", ""),
        target_group_label=target.get("label", ""),
        target_group_metric=target.get("metric") or str(target.get("population", "")),
        reopen_days=values.get("reopen_days", 10),
        second_check=values.get("second_check", "none"),
        check_days=values.get("check_days"),
        publish=values.get("publish", "reviewed"),
        keywords=tuple(values.get("keywords", ())),
    )


def build_fields(values: Iterable[dict[str, Any]]) -> tuple[Field, ...]:
    """Fields of a form alone, such as those that a region adds to a plugin's service."""
    return tuple(_field(f) for f in values)


def _field(values: dict[str, Any]) -> Field:
    personal = values.get("personal")
    return Field(
        key=values["key"],
        type=values["type"],
        label=values["label"],
        help=values.get("help", ""),
        required=values.get("required", False),
        show_if={key: tuple(wanted) for key, wanted in values.get("show_if", {}).items()},
        options=tuple((o["value"], o["label"]) for o in values.get("options", ())),
        limits=dict(values.get("limits", {})),
        personal=Personal(**personal) if personal else None,
    )


def _workflow(values: dict[str, Any]) -> Workflow:
    return Workflow(
        start=values["start"],
        states=tuple(_state(s) for s in values["states"]),
        transitions=tuple(_transition(t) for t in values["transitions"]),
        timers=tuple(Timer(t["state"], t["after_days"], t["do"]) for t in values.get("timers", ())),
    )


def _state(values: dict[str, Any]) -> State:
    return State(
        key=values["key"],
        label=values["label"],
        slot=values.get("slot"),
        sla_days=values.get("sla_days"),
        sla_hours=values.get("sla_hours"),
        waits_for=values.get("waits_for", "staff"),
        outcome=values.get("outcome"),
    )


def _transition(values: dict[str, Any]) -> Transition:
    source = values["from"]
    return Transition(
        key=values["key"],
        source=(source,) if isinstance(source, str) else tuple(source),
        target=values["to"],
        label=values["label"],
        by=values.get("by", "staff"),
        permission=values.get("permission", "cases.work"),
        demands=tuple(values.get("demands", ())),
        message=values.get("message"),
        effect=values.get("effect", "none"),
        optional=values.get("optional", False),
    )


def dump(service: Service) -> dict[str, Any]:
    """A service as document values; `build` makes an equal service of them."""
    flow = service.workflow
    values: dict[str, Any] = {
        "key": service.key,
        "version": service.version,
        "titles": dict(service.titles),
        "summary": dict(service.summary),
        "sector": str(service.sector),
        "topic": service.topic,
        "kind": service.kind,
        "audience": service.audience,
        "visibility": service.visibility,
        "anonymous": service.anonymous,
        "competence": list(service.competence),
        "legal_basis": service.legal_basis,
        "fee": None if service.fee_amount is None else {"amount": service.fee_amount, "per": service.fee_per},
        "reopen_days": service.reopen_days,
        "second_check": service.second_check,
        "fields": [_dump_field(f) for f in service.fields],
        "documents": list(service.documents),
        "workflow": {
            "start": flow.start,
            "states": [_dump_state(s) for s in flow.states],
            "transitions": [_dump_transition(t) for t in flow.transitions],
            "timers": [_slots(t) for t in flow.timers],
        },
    }
    if service.keywords:  # left out where there are none: digests of kept documents must stay
        values["keywords"] = list(service.keywords)
    if service.publish != "reviewed":  # absent from documents kept before there was a choice: their digests must stay
        values["publish"] = service.publish
    if service.check_days is not None:  # as above
        values["check_days"] = service.check_days
    if service.target_group_label:
        metric = service.target_group_metric
        group: dict[str, Any] = {"population": int(metric)} if metric.isdigit() else {"metric": metric}
        values["target_group"] = {"label": service.target_group_label, **group}
    return values


def _slots(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _dump_state(state: State) -> dict[str, Any]:
    values = _slots(state)
    if state.sla_hours is None:  # as documents were kept before there were hours: their digests must stay
        del values["sla_hours"]
    return values


def _dump_field(field: Field) -> dict[str, Any]:
    return _slots(field) | {
        "show_if": {key: list(wanted) for key, wanted in field.show_if.items()},
        "options": [{"value": value, "label": label} for value, label in field.options],
        "limits": dict(field.limits),
        "personal": _slots(field.personal) if field.personal else None,
    }


def _dump_transition(step: Transition) -> dict[str, Any]:
    values = _slots(step)
    source = list(values.pop("source"))
    return {"from": source, "to": values.pop("target"), **values, "demands": list(step.demands)}
