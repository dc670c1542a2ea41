"""Helpers for tests that use pages like a person does: forms with their token, on the right host."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def form_token(client: FlaskClient) -> dict[str, str]:
    """The hidden field that every form carries, for this client: `data={**form_token(client), "judul": "..."}`."""
    answer = client.get("/token-formulir").get_json()
    return {answer["field"]: answer["token"]}


def post_form(client: FlaskClient, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
    """POST a form as the browser does: token in the body, Origin of this host."""
    host = client.environ_base.get("HTTP_HOST", "localhost")
    headers = {"Origin": f"http://{host}", **options.pop("headers", {})}
    return client.post(path, data={**form_token(client), **(data or {})}, headers=headers, **options)
