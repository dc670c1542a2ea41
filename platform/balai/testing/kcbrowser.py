"""A person's browser on Keycloak's own pages: for tests that sign in as people do."""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

if TYPE_CHECKING:
    from balai.tenancy import Tenant

PASSWORD = "sandi-uji-1945"


@dataclass(slots=True)
class Person:
    """An account in Keycloak."""

    sub: str
    email: str
    name: str
    tenant: "Tenant | None" = None
    roles: tuple[str, ...] = ()
    password: str = PASSWORD
    code_secret: str = ""
    code_step: int = 0

    def code(self) -> str:
        """The next code that Keycloak takes: each counts once, and none more than one step ahead."""
        step = max(int(time.time()) // 30, self.code_step + 1)
        time.sleep(max(0, (step - 1) * 30 - time.time() + 0.1))
        self.code_step = step
        return code_at(self.code_secret, step)


class Browser:
    """A person's browser, as far as Keycloak's pages need one: cookies (Secure ones on http loopback too), forms, redirects."""

    def __init__(self) -> None:
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.jar = CookieJar(policy)
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(self.jar), _Stay())
        self.status, self.text, self.url, self.location = 0, "", "", ""

    def open(self, url: str, form: dict[str, str] | None = None) -> "Browser":
        """GET, or POST a form, then follow Keycloak's own redirects; stops at one that leads back to Balai."""
        data = urlencode(form).encode() if form is not None else None
        for _ in range(10):
            self._exchange(url, data)
            if not self.location or CALLBACKS.match(urlsplit(self.location).path):
                return self
            url, data = self.location, None
        raise AssertionError(f"Keycloak redirects in circles at {url}")

    def _exchange(self, url: str, data: bytes | None) -> None:
        # Python doesn't resolve localhost to 127.0.0.1 alone, and Keycloak listens only there.
        request = Request(url.replace("//localhost:", "//127.0.0.1:"), data=data)  # noqa: S310 - http to our own Keycloak
        request.add_header("Host", urlsplit(url).netloc)
        request.add_header("Accept-Language", "id")
        try:
            response = self._opener.open(request, timeout=30)
        except HTTPError as error:
            response = error
        with response:
            self.status, self.url = response.status, url
            self.text = response.read().decode()
            found = response.headers.get("Location")
        self.location = urljoin(url, found) if found else ""

    @property
    def page(self) -> str:
        """Keycloak's name of the page: login-username, login-password, login-otp, login-config-totp, ..."""
        found = re.search(r'data-page-id="login-([^"]+)"', self.text)
        return found[1] if found else ""

    @property
    def title(self) -> str:
        """The page's heading as a person reads it."""
        found = re.search(r'<h1[^>]*id="kc-page-title"[^>]*>(.*?)</h1>', self.text, re.DOTALL)
        return " ".join(re.sub(r"<!--.*?-->", "", unescape(found[1]), flags=re.DOTALL).split()) if found else ""

    def field(self, name: str) -> str:
        """Value of a hidden field."""
        found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', self.text)
        return unescape(found[1]) if found else ""

    def submit(self, **fields: str) -> "Browser":
        """Fill in the page's form."""
        found = re.search(r'<form[^>]*action="([^"]+)"', self.text)
        assert found, f"no form on {self.page!r} ({self.status}): {self.text[:2000]}"
        return self.open(unescape(found[1]), fields)

    def submit_right(self, fields: Callable[[], dict[str, str]]) -> "Browser":
        """Fill in what must be taken. Keycloak refuses even that while it still counts the failure of a moment ago."""
        page = self.page
        for pause in (0.2, 1, 3):
            time.sleep(pause)
            self.submit(**fields())
            if self.page != page or self.location:
                break
        return self

    def enter(self, person: Person) -> "Browser":
        """Two pages: address, then password; and the code when asked for one."""
        if self.page == "login-username":
            self.submit(username=person.email)
        if self.page == "login-password":
            self.submit(password=person.password)
        if self.page == "login-config-totp":
            person.code_secret = self.field("totpSecret")
            self.submit(totp=person.code(), totpSecret=person.code_secret, userLabel="Ponsel uji")
        if self.page == "login-otp":
            self.submit_right(
                lambda: {"otp": person.code(), "selectedCredentialId": self.field("selectedCredentialId")}
            )
        return self


CALLBACKS = re.compile(r"/(masuk|keluar)(/|$)")


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def code_at(secret: str, step: int) -> str:
    """The six digits that an app shows for this secret in step `step` of 30 s (RFC 6238)."""
    mac = hmac.digest(secret.encode(), step.to_bytes(8, "big"), hashlib.sha1)
    offset = mac[-1] & 15
    return f"{(int.from_bytes(mac[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"
