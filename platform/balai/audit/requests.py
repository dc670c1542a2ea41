"""Who acts in a request, until sign-in says more: somebody without an account."""

from flask import Flask, request

from balai.audit.actors import clear_actor, set_actor


def init_app(app: Flask) -> None:
    """Begin each request as an unknown citizen and forget the actor at its end: the thread takes others' requests too."""

    @app.before_request
    def _begin() -> None:
        set_actor("citizen", ip=request.remote_addr)

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        clear_actor()
