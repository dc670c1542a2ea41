"""Answers that caches may keep: 304 when the asker has them already."""

from flask import Response, request

# On a read these two make werkzeug answer a bare 412, which no reader of this API expects; they are for writes.
_FOR_WRITES = frozenset({"HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"})


def unchanged(response: Response) -> Response:
    """The response, turned into an empty 304 when `If-None-Match` names its ETag."""
    response.make_conditional({key: value for key, value in request.environ.items() if key not in _FOR_WRITES})
    return response
