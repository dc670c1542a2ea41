"""Steps around a region's staff that several tests take: invite somebody, follow a mail's link, set a password."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from balai.testing.kcbrowser import Browser

if TYPE_CHECKING:
    from flask import Flask

    from balai.auth.members import Invited
    from balai.db import TenantSession
    from balai.tenancy import Tenant

OWN = "sandi-sendiri-17"


@contextmanager
def at(app: "Flask", tenant: "Tenant") -> "Iterator[TenantSession]":
    """A session of the region inside the application's context, committed at the end."""
    from balai.tenancy import tenant_scope

    with app.app_context(), tenant_scope(tenant) as session:
        yield session


def invite(app: "Flask", tenant: "Tenant", email: str, *roles: str, name: str = "Siti Aminah") -> "Invited":
    """Invite somebody, as an officer unless roles are given."""
    from balai.auth import members

    with at(app, tenant) as session:
        return members.invite_member(session, email, name, roles or ("officer",))


def fresh(word: str = "baru") -> str:
    """An address that nobody has yet."""
    return f"{word}-{secrets.token_hex(4)}@contoh.id"


def set_password(browser: Browser, password: str = OWN) -> Browser:
    """Fill in Keycloak's page for a new password."""
    assert browser.page == "login-update-password", f"{browser.page} {browser.title}"
    return browser.submit(**{"password-new": password, "password-confirm": password})


def link_to(browser: Browser, word: str) -> str:
    """The address of the page's link whose target contains `word`."""
    found = re.search(rf'href="([^"]*{word}[^"]*)"', browser.text)
    assert found, browser.text
    return urljoin(browser.url, unescape(found[1]))
