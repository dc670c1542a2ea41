"""Signs the bench's access tokens and publishes the key, as far as Balai looks: one address with a JWKS.

Verifying a signature costs the same whoever signed it; a real Keycloak takes part where it is what is measured (onboarding).
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

REALM = "balai"


@dataclass
class Issuer:
    """url is what BALAI_KEYCLOAK_URL names; key signs."""

    url: str
    key: RSAKey

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/{REALM}"

    @property
    def public_jwk(self) -> dict[str, object]:
        return {**self.key.as_dict(private=False), "use": "sig", "alg": "RS256"}

    def citizen(self) -> str:
        """An access token of somebody who works for no region."""
        return self.token("", [])

    def token(self, alias: str, roles: list[str], *, sub: str | None = None) -> str:
        """An access token of the shape that Keycloak issues for `organization:<alias>`, good for four hours."""
        now = int(time.time())
        claims = {
            "exp": now + 4 * 3600, "iat": now, "auth_time": now, "jti": str(uuid4()), "iss": self.issuer, "aud": ["api"],
            "sub": sub or str(uuid4()), "typ": "Bearer", "azp": "portal", "sid": str(uuid4()), "acr": "1",
            "scope": f"openid organization:{alias}", "name": "Petugas Bench", "preferred_username": "petugas",
            "email": "petugas@contoh.id",
        }  # fmt: skip
        if alias:
            access = {"api": {"roles": roles}}
            groups = [f"/{role}" for role in roles]
            claims["organization"] = {alias: {"id": str(uuid4()), "groups": groups, "resource_access": access}}
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": self.key.kid}, claims, self.key)


@contextmanager
def serve() -> Iterator[Issuer]:
    """An issuer on a free port of this machine, for the length of the block."""
    key = RSAKey.generate_key(2048, {"kid": uuid4().hex})
    document = b""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", key)
    document = json.dumps({"keys": [issuer.public_jwk]}).encode()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
