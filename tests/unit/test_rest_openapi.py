"""The document holds what is on, whole, and not a word of what is off."""

from types import ModuleType

import msgspec
import pytest
from flask import Flask

from balai.contracts import Manifest, Sector
from balai.hookspecs import hookimpl
from balai.plugins.manager import Found, Manager
from balai.rest import Blueprint, openapi


class Pond(msgspec.Struct):
    depth: int


class Park(msgspec.Struct):
    pond: Pond | None


class Swing(msgspec.Struct):
    """Ayunan."""

    seats: int


def core_blueprint():
    blueprint = Blueprint("parks", "balai.parks", url_prefix="/api/v1/parks", description="Taman")

    @blueprint.route("/<int:number>")
    @blueprint.public
    @blueprint.answers(Park, summary="Satu taman", problems=(404,))
    def get_park(number):
        return Park(None)

    return blueprint


def plugin_blueprint(name):
    blueprint = Blueprint(
        f"{name}_api", f"balai_{name}.routes", url_prefix=f"/api/v1/{name}", description=f"Milik {name}"
    )

    @blueprint.route("/swings", methods=["POST"])
    @blueprint.requires(f"{name}.push")
    @blueprint.body(Swing)
    @blueprint.answers(Swing, status=201, summary="Pasang ayunan")
    def push(body):
        return body

    return blueprint


def plugin(name):
    module = ModuleType(f"balai_{name}")
    module.manifest = Manifest(name, {"id": name}, {"id": name}, Sector.KELAYAKAN, "1.0", ">=1")
    module.register_blueprints = hookimpl(lambda: [plugin_blueprint(name)], specname="register_blueprints")
    return Found(name, lambda: module)


@pytest.fixture(scope="module")
def document():
    app = Flask(__name__)
    app.extensions["balai.plugins"] = manager = Manager({}, [plugin("swingset"), plugin("slide")], api_version="1.0")
    assert not manager.refused
    found = openapi.init_app(app)
    directory = Blueprint("towns", "balai.towns", url_prefix="/api/v1/towns", where="both")
    directory.route("")(directory.public(directory.answers(None, summary="Kota")(lambda: None)))
    mounted = [blueprint for _plugin, blueprint in manager.blueprints(api=True)]
    for blueprint in (core_blueprint(), *mounted, directory):
        app.register_blueprint(blueprint)
    return found


def test_a_plugin_that_is_off_leaves_no_word(document):
    without = document.view({"slide"}, apex=False)
    assert b"swingset" not in without.raw
    assert b"/api/v1/slide/swings" in without.raw
    assert b"slide.Swing" in without.raw
    nothing = document.view((), apex=False)
    assert b"slide" not in nothing.raw
    assert b"Ayunan" not in nothing.raw


def test_only_reachable_components_and_used_tags(document):
    core = document.view((), apex=False).document
    assert set(core["components"]["schemas"]) == {"Park", "Pond", "Problem", "ProblemField"}
    assert [tag["name"] for tag in core["tags"]] == ["parks", "towns"]
    assert set(core["components"]) == {"schemas", "securitySchemes"}


def test_the_apex_shows_what_lives_there(document):
    assert list(document.view((), apex=True).document["paths"]) == ["/api/v1/towns"]


def test_a_name_that_no_plugin_has_changes_nothing(document):
    assert document.view({"nobody"}, apex=False) is document.view((), apex=False)


def test_decorators_tell_the_truth_about_an_operation(document):
    post = document.view({"slide"}, apex=False).document["paths"]["/api/v1/slide/swings"]["post"]
    assert post["security"] == [{"bearer": []}]
    assert post["x-permission"] == "slide.push"
    assert post["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/slide.Swing"}
    assert set(post["responses"]) == {"201", "401", "403", "default"}
    assert [p["name"] for p in post["parameters"]] == ["Idempotency-Key"]
    assert post["summary"] == "Pasang ayunan"
    assert document.view((), apex=False).document["openapi"] == "3.1.0"


def test_a_view_that_does_not_say_who_may_call_is_refused():
    blueprint = Blueprint("open", "balai.open", url_prefix="/api/v1/open")
    with pytest.raises(TypeError, match="say who may call"):
        blueprint.route("")(lambda: None)


def test_two_structs_with_one_name_are_refused():
    app = Flask(__name__)
    app.extensions["balai.plugins"] = Manager({}, [], api_version="1.0")
    document = openapi.init_app(app)
    app.register_blueprint(core_blueprint())
    other = Blueprint("lakes", "balai.lakes", url_prefix="/api/v1/lakes")
    twin = msgspec.defstruct("Park", [("size", int)])
    other.route("")(other.public(other.answers(twin, summary="Danau")(lambda: None)))
    app.register_blueprint(other)
    with pytest.raises(ValueError, match="two different structs are called Park"):
        _ = document.full
