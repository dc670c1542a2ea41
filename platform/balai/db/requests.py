"""The request's own session: opened lazily, committed when the view succeeded, rolled back otherwise."""

from flask import Flask, Response, g

from balai.db.database import TenantSession, database


def session() -> TenantSession:
    """The session of this request or job; its tenant is the host's. On the apex it has no tenant."""
    if "db_session" not in g:
        tenant = g.get("tenant")
        g.db_session = database().session(tenant.id if tenant is not None else None)
    found: TenantSession = g.db_session
    return found


def commit() -> None:
    """Commit what this request has written so far; used before the response is built from it."""
    if "db_session" in g:
        g.db_session.commit()


def init_app(app: Flask) -> None:
    """Commit after a view that answered below 400, roll back otherwise, always close."""

    @app.after_request
    def _commit(response: Response) -> Response:
        # 4xx keeps nothing: what must survive a refusal (an audit entry, a counter) commits itself.
        if "db_session" in g and response.status_code < 400 and g.db_session.in_transaction():  # noqa: PLR2004 - HTTP
            g.db_session.commit()
        return response

    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        opened = g.pop("db_session", None)
        if opened is not None:
            opened.close()
