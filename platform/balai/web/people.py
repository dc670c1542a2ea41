"""Who is reading this page, for the layouts; nobody on pages that must look the same for everyone."""

from typing import Any

from flask import g, has_request_context


def current_user() -> Any:
    """The signed-in person (`balai.auth.Principal`) or None."""
    if not has_request_context() or g.get("page_for_everyone"):
        return None
    from balai import auth

    return auth.current()
