"""Answers for the phone's own sender: reports that waited for a signal are sent by a script, which reads JSON.

The rules are the form's, only the answer differs: a code and where to go on, or what to correct, field by field.
"""

from flask import Response, jsonify, request

from balai.cases.filing import Filed
from balai.errors import Conflict, Invalid


def asks() -> bool:
    """Whether this request wants JSON rather than a page."""
    return request.accept_mimetypes.best == "application/json"


def taken(filed: Filed) -> Response:
    """201 for a new case, 200 for a second copy: code, and the page that says thanks."""
    answer = jsonify({"code": filed.code, "url": f"/lacak/{filed.code}/terkirim"})
    answer.status_code = 201 if filed.created else 200
    return answer


def corrections(invalid: Invalid) -> Response:
    """422: what to correct by field; "" is about the whole form."""
    answer = jsonify({"errors": {e.field: e.message for e in invalid.errors}})
    answer.status_code = invalid.status
    return answer


def refusal(closed: Conflict) -> Response:
    """409: the service takes nothing now, and why."""
    answer = jsonify({"errors": {"": closed.detail or str(closed.title)}})
    answer.status_code = closed.status
    return answer
