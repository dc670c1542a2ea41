"""The blueprint of every API resource, core and plugin: what stands in its decorators is enforced and documented alike.

flask-smorest collects the documentation; bodies, queries and answers are msgspec structs (a page of 50 rows costs 20-30 us,
marshmallow's 500). A plugin may still use flask-smorest's own `arguments` and `response` with marshmallow schemas.

    blp = Blueprint("api_members", __name__, url_prefix="/api/v1/members", tag="members", description="...")

    @blp.route("", methods=["POST"])
    @blp.requires("members.manage")
    @blp.body(Invitation)
    @blp.answers(Member, status=201, summary="Undang anggota")
    def invite(body: Invitation) -> Answer: ...
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Literal

import flask_smorest
import msgspec
from flask import Response

from balai import auth, tenancy
from balai.errors import Forbidden, NotFound, Unauthenticated
from balai.rest import bodies, describe
from balai.rest.idempotency import idempotent
from balai.words import gettext as _

View = Callable[..., Any]
Where = Literal["tenant", "apex", "both"]
ACCESS = "_balai_access"


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's blueprint with msgspec, declared access and Idempotency-Key on every POST.

    where: on which hosts the resource exists ("tenant" = a region's host, "apex", "both"); elsewhere it answers 404 and is
    absent from the document. tag: its heading there (default: the name). A view without `public`, `signed_in` or `requires` is
    refused when the application starts.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        url_prefix: str,
        tag: str = "",
        description: str = "",
        where: Where = "tenant",
        **options: Any,
    ) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix, description=description, **options)
        self.where = where
        self.tag = tag or name
        self.structs: set[Any] = set()

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a view; a POST gets Idempotency-Key without being asked."""
        if view_func is None or not hasattr(view_func, ACCESS):
            raise TypeError(
                f"{self.name}: say who may call {getattr(view_func, '__name__', rule)}: public, signed_in, requires"
            )
        view = _on_hosts(self.where, view_func)
        methods = tuple(options.get("methods", ("GET",)))
        if "POST" in methods:
            view = idempotent(describe.with_doc(view, {"parameters": [describe.IDEMPOTENCY_KEY]}))
        options.setdefault("tags", [self.tag])
        super().add_url_rule(rule, endpoint, view, provide_automatic_options, **options)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Register the view under `rule` (below the blueprint's prefix); `methods=["POST"]` as in Flask."""

        def decorate(view: View) -> View:
            self.add_url_rule(rule, options.pop("endpoint", None), view, **options)
            return view

        return decorate

    # --- who may call -------------------------------------------------------------------------------------------------
    def public(self, view: View) -> View:
        """Anyone may call; a bearer token is read when there is one."""
        return _guarded(view, None, signed_in=False)

    def signed_in(self, view: View) -> View:
        """Any signed-in person, citizens included."""
        return _guarded(view, None, signed_in=True)

    def requires(self, permission: str) -> Callable[[View], View]:
        """A member of this region with `permission`: 401 without a token, 403 without the right."""
        return lambda view: _guarded(view, permission, signed_in=True)

    # --- what goes in and out -----------------------------------------------------------------------------------------
    def body(self, kind: type[msgspec.Struct], *, limit: int = bodies.JSON_LIMIT) -> Callable[[View], View]:
        """Read a JSON body into `kind`, handed to the view as `body`."""
        self.structs.add(kind)

        def decorate(view: View) -> View:
            @wraps(view)
            def reading(*args: Any, **kwargs: Any) -> Any:
                return view(*args, body=bodies.read_json(kind, limit), **kwargs)

            content = {"application/json": {"schema": describe.reference(self, kind)}}
            return describe.with_doc(reading, {"requestBody": {"required": True, "content": content}})

        return decorate

    def query(self, kind: type[msgspec.Struct]) -> Callable[[View], View]:
        """Read the query string into `kind`, handed to the view as `query`."""

        def decorate(view: View) -> View:
            @wraps(view)
            def reading(*args: Any, **kwargs: Any) -> Any:
                return view(*args, query=bodies.read_query(kind), **kwargs)

            return describe.with_doc(reading, {"parameters": describe.query_parameters(kind)})

        return decorate

    def answers(
        self,
        kind: type[msgspec.Struct] | None,
        *,
        status: int = 200,
        summary: str,
        description: str = "",
        problems: Sequence[int] = (),
    ) -> Callable[[View], View]:
        """What the view answers: a struct of `kind` (encoded here), or a ready Response; None = 204 without a body.

        summary and description are Indonesian and stand in the document; problems are further statuses to name there.
        """
        if kind is not None:
            self.structs.add(kind)

        def decorate(view: View) -> View:
            @wraps(view)
            def answering(*args: Any, **kwargs: Any) -> Response:
                result = view(*args, **kwargs)
                return result if isinstance(result, Response) else reply(result, status)

            schema = describe.reference(self, kind) if kind is not None else None
            doc = describe.operation(schema, 204 if kind is None else status, summary, description, problems)
            return describe.with_doc(answering, doc)

        return decorate

    def register_views_in_doc(self, api: Any, app: Any, spec: Any, *, name: str, parameters: Any) -> None:
        """Put the structs into the document before the paths that refer to them."""
        describe.register_structs(self, spec)
        super().register_views_in_doc(api, app, spec, name=name, parameters=parameters)


_encoder = msgspec.json.Encoder()


def reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON response from structs and plain values; None answers 204."""
    if value is None:
        return Response(status=204, headers=headers)
    return Response(_encoder.encode(value), status=status, headers=headers, content_type="application/json")


def _guarded(view: View, permission: str | None, *, signed_in: bool) -> View:
    @wraps(view)
    def guarding(*args: Any, **kwargs: Any) -> Any:
        if signed_in:
            check_access(permission)
        return view(*args, **kwargs)

    guarded = describe.with_doc(guarding, describe.access(permission, signed_in=signed_in))
    setattr(guarded, ACCESS, permission or ("signed-in" if signed_in else "public"))
    return guarded


def check_access(permission: str | None) -> None:
    """Raises Unauthenticated without a principal, Forbidden when it lacks `permission`."""
    principal = auth.current()
    if principal is None:
        raise Unauthenticated(title=_("Permintaan ini perlu token akses"))
    if permission is not None and permission not in principal.permissions:
        raise Forbidden


def _on_hosts(where: Where, view: Callable[..., Any]) -> Callable[..., Any]:
    if where == "both":
        return view

    @wraps(view)
    def looking(*args: Any, **kwargs: Any) -> Any:
        if (tenancy.current() is None) == (where == "tenant"):
            raise NotFound
        return view(*args, **kwargs)

    return looking
