"""Registers a plugin's blueprints on an empty application first, and looks at what they changed.

That is the only complete way: whatever a blueprint defers (`before_app_request`, `app_template_filter`, `record(...)`) has
happened by then, and nothing of it has touched the real application.
"""

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Blueprint, Flask
from flask.sansio.blueprints import Blueprint as AnyBlueprint

from balai.plugins.installed import PluginFault
from balai.plugins.names import prefixes

# Flask's dictionaries of functions by blueprint; the key None means "for every request".
_SCOPED = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs", "url_default_functions")
_PLAIN = ("teardown_appcontext_funcs", "shell_context_processors", "extensions")


def check_blueprints(name: str, blueprints: Iterable[object], module: ModuleType | Any) -> None:
    """Raises PluginFault when a blueprint reaches beyond the plugin's own places."""
    for blueprint in blueprints:
        if not isinstance(blueprint, Blueprint):
            raise PluginFault(f"register_blueprints answered a {type(blueprint).__name__}, not a Blueprint")
        _check_name(name, blueprint)
        probe = _registered(blueprint)
        _check_rules(name, probe)
        _check_app_wide(probe)
        for made in probe.blueprints.values():
            _check_templates(name, made, module)


def _check_name(name: str, blueprint: Blueprint) -> None:
    if blueprint.name != name and not blueprint.name.startswith(f"{name}_"):
        raise PluginFault(f"blueprint {blueprint.name!r}: its name must be {name!r} or start with '{name}_'")
    if not blueprint.url_prefix:
        raise PluginFault(f"blueprint {blueprint.name!r} has no url_prefix")
    if not _inside(name, blueprint.url_prefix):
        raise PluginFault(
            f"blueprint {blueprint.name!r}: {blueprint.url_prefix} is outside of {', '.join(prefixes(name))}"
        )


def _inside(name: str, path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes(name))


def _empty() -> Flask:
    probe = Flask("balai_probe", static_folder=None, template_folder=None)
    probe.jinja_env  # noqa: B018 - made on first access, and compared below
    return probe


def _registered(blueprint: Blueprint) -> Flask:
    probe = _empty()
    before = _state(probe)
    try:
        probe.register_blueprint(blueprint)
    except Exception as error:
        raise PluginFault(f"blueprint {blueprint.name!r} can't be registered: {error}") from error
    changed = {key for key, value in _state(probe).items() if before.get(key) != value}
    if changed:
        raise PluginFault(f"blueprint {blueprint.name!r} changes the application: {', '.join(sorted(changed))}")
    return probe


def _state(app: Flask) -> dict[str, object]:
    """What a blueprint must leave alone, in comparable form."""
    env = app.jinja_env
    own = {f"app.{key}": id(value) for key, value in vars(app).items() if not key.startswith("_")}
    return own | {
        "config": dict(app.config),
        "template filters": dict(env.filters),
        "template tests": dict(env.tests),
        "template globals": {key: id(value) for key, value in env.globals.items()},
        "commands": sorted(app.cli.commands),
        "context processors": list(app.template_context_processors[None]),
        "url converters": dict(app.url_map.converters),
    }


def _check_app_wide(probe: Flask) -> None:
    for kind in _SCOPED:
        if getattr(probe, kind).get(None):
            raise PluginFault(f"it hangs a function into every request ({kind.removesuffix('_funcs')})")
    for kind in _PLAIN:
        if getattr(probe, kind):
            raise PluginFault(f"it hangs something into the application ({kind})")
    if any(handlers for handlers in probe.error_handler_spec.get(None, {}).values()):
        raise PluginFault("it handles errors of the whole application")
    if any(probe.url_value_preprocessors.values()):
        # They run before the gate can know the region, so they would answer for a plugin that is off.
        raise PluginFault("it uses url_value_preprocessor, which runs ahead of the gate")


def _check_rules(name: str, probe: Flask) -> None:
    for rule in probe.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        if blueprint not in probe.blueprints or "." not in rule.endpoint:
            raise PluginFault(f"rule {rule.rule}: its endpoint {rule.endpoint!r} is outside of the plugin's blueprints")
        if rule.host or rule.subdomain:
            raise PluginFault(f"rule {rule.rule} names a host")
        if not _inside(name, rule.rule):
            raise PluginFault(f"rule {rule.rule} is outside of {', '.join(prefixes(name))}")


def _check_templates(name: str, blueprint: AnyBlueprint, module: ModuleType | Any) -> None:
    file = getattr(module, "__file__", None)
    for folder in (blueprint.template_folder, blueprint.static_folder):
        if folder and file and not _beneath(Path(blueprint.root_path) / folder, Path(file).parent):
            raise PluginFault(f"blueprint {blueprint.name!r} serves files from outside of its package: {folder}")
    loader = blueprint.jinja_loader
    for template in loader.list_templates() if loader else ():
        if not template.startswith(f"{name}/"):
            raise PluginFault(f"template {template!r} is outside of templates/{name}/ and could hide another one")


def _beneath(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
