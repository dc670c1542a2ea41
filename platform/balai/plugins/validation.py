"""What is asked of a plugin before it may join: a sane manifest, known hooks, the right values, rules in its own places."""

import inspect
from collections.abc import Iterable
from typing import Any

import pluggy
from jsonschema import Draft202012Validator, SchemaError
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from balai import hookspecs
from balai.contracts import (
    Channel,
    Connector,
    Manifest,
    Metric,
    PaymentProvider,
    Permission,
    PersonalData,
    Role,
    Sector,
    Service,
    Task,
)
from balai.plugins.installed import Brought, PluginFault
from balai.plugins.names import NAME, RESERVED

REGISTERED: dict[str, type] = {
    "services": Service,
    "permissions": Permission,
    "roles": Role,
    "tasks": Task,
    "metrics": Metric,
    "personal_data": PersonalData,
    "channels": Channel,
    "payment_providers": PaymentProvider,
    "connectors": Connector,
}


def check_manifest(module: object, name: str, api_version: str) -> Manifest:
    """The module's manifest; raises PluginFault in words for the operator."""
    manifest = getattr(module, "manifest", None)
    if not isinstance(manifest, Manifest):
        raise PluginFault("the module has no attribute `manifest` of type balai.api.Manifest")
    if manifest.name != name:
        raise PluginFault(f"the entry point is called {name!r}, the manifest {manifest.name!r}: they must be equal")
    check_name(name)
    for texts, what in ((manifest.titles, "titles"), (manifest.summary, "summary")):
        if not isinstance(texts, dict) or not texts.get("id"):
            raise PluginFault(f"manifest.{what} has no Indonesian text (key 'id')")
    if not isinstance(manifest.sector, Sector):
        raise PluginFault("manifest.sector is no Sector")
    _check_versions(manifest, api_version)
    try:
        Draft202012Validator.check_schema(manifest.settings)
    except SchemaError as error:
        raise PluginFault(f"manifest.settings is no JSON Schema: {error.message}") from error
    return manifest


def check_name(name: str) -> None:
    """Raises PluginFault for a name that isn't one lower-case word or belongs to the core."""
    if not NAME.fullmatch(name):
        raise PluginFault(f"{name!r} is no plugin name: one word of small letters and digits, at most 31")
    if name in RESERVED:
        raise PluginFault(f"the name {name!r} belongs to the core")


def _check_versions(manifest: Manifest, api_version: str) -> None:
    try:
        Version(manifest.version)
        wanted = SpecifierSet(manifest.needs_api)
    except (InvalidVersion, InvalidSpecifier) as error:
        raise PluginFault(f"manifest.version or needs_api can't be read: {error}") from error
    if not manifest.needs_api or api_version not in wanted:
        raise PluginFault(f"it needs balai.api {manifest.needs_api or '(nothing named)'}, this is {api_version}")


def check_hooks(module: object, name: str) -> None:
    """Every hookimpl has a known name and known arguments, and none wraps the others; raises PluginFault."""
    trial = pluggy.PluginManager(hookspecs.PROJECT)
    trial.add_hookspecs(hookspecs)
    try:
        trial.register(module, name=name)
        trial.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginFault(" ".join(str(error).split())) from error
    for caller in trial.get_hookcallers(module) or ():
        for found in caller.get_hookimpls():
            if found.wrapper or found.hookwrapper:
                raise PluginFault(f"{caller.name} is a wrapper: a plugin doesn't get to see what others answer")


def gather(module: object, name: str, manifest: Manifest | None) -> Brought:
    """Call the `register_*` hooks of one plugin and check what they answer; raises PluginFault, or what the plugin raises."""
    trial = pluggy.PluginManager(hookspecs.PROJECT)
    trial.add_hookspecs(hookspecs)
    trial.register(module, name=name)
    values: dict[str, tuple[Any, ...]] = {
        key: _typed(f"register_{key}", getattr(trial.hook, f"register_{key}")(), type_)
        for key, type_ in REGISTERED.items()
    }
    values["blueprints"] = _typed("register_blueprints", trial.hook.register_blueprints(), object)
    if manifest is not None:
        for key in ("permissions", "metrics", "personal_data"):
            values[key] = tuple(dict.fromkeys((*getattr(manifest, key), *values[key])))
        _check_owned(name, values)
    return Brought(**values)


def _typed(hook: str, answers: Iterable[Any], type_: type) -> tuple[Any, ...]:
    found: list[Any] = []
    for answer in answers:
        if not isinstance(answer, list | tuple) or not all(isinstance(item, type_) for item in answer):
            raise PluginFault(f"{hook} answered {type(answer).__name__}, not a list of {type_.__name__}")
        found += answer
    return tuple(found)


def _check_owned(name: str, values: dict[str, tuple[Any, ...]]) -> None:
    for key, label in (("permissions", "key"), ("roles", "key"), ("tasks", "name")):
        for item in values[key]:
            if not getattr(item, label).startswith(f"{name}."):
                raise PluginFault(f"{key}: {getattr(item, label)!r} doesn't start with '{name}.'")
    for task in values["tasks"]:
        if not callable(task.run) or inspect.iscoroutinefunction(task.run):
            raise PluginFault(f"tasks: {task.name!r} is no plain function")
    for service in values["services"]:
        if service.owner != name:
            raise PluginFault(f"services: {service.id!r} belongs to {service.owner!r}")
    for key, label in (("services", "id"), ("tasks", "name"), ("metrics", "key")):
        names = [getattr(item, label) for item in values[key]]
        if len(set(names)) != len(names):
            raise PluginFault(f"{key}: the same {label} twice")
