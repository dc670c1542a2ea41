"""A payment company with a page of its own, for tests: it signs three fields of a body, and tells the truth on being asked.

It shares the bank simulator's controls (know, pay, deliver, broken), so that one suite holds for both adapters.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from balai.clock import now
from balai.testing.payments import BankSimulator, Told

SERVER_KEY = "SB-kunci-server-uji"
_JAKARTA = timezone(timedelta(hours=7))


@dataclass(slots=True)
class PageSimulator(BankSimulator):
    """page: the address that it gives for its page; code %s is put in."""

    page: str = "https://bayar.contoh.id/v/%s"

    def settings(self, **changes: str) -> dict[str, str]:
        """What a region's treasurer types in for this company, switched on."""
        base = f"http://{self.authority}"
        given = {"url": base, "page_url": f"{base}/snap/v1/transactions", "server_key": SERVER_KEY, "switched_on": "ya"}
        return given | changes

    def callback(
        self, code: str, rupiah: Any, reference: str, *, at: datetime | None = None, status: str = "settlement"
    ) -> Told:
        """A signed callback about an order, whatever is in it."""
        amount = f"{rupiah}.00" if isinstance(rupiah, int) else rupiah
        return self.signed("", json.dumps(self.words(code, amount, reference, status, at or now())).encode())

    def words(
        self, code: str, amount: str, reference: str, status: str, at: datetime, *, key: str = SERVER_KEY
    ) -> dict[str, str]:
        """What the company says about an order, signed; key: somebody else's."""
        number = "201" if status == "pending" else "407" if status == "expire" else "200"
        text = code + number + amount + key
        return {
            "order_id": code, "status_code": number, "gross_amount": amount, "currency": "IDR",
            "signature_key": hashlib.sha512(text.encode()).hexdigest(), "transaction_status": status,
            "transaction_id": reference, "settlement_time": at.astimezone(_JAKARTA).strftime("%Y-%m-%d %H:%M:%S"),
            "customer_details_name": "SITI AMINAH",
        }  # fmt: skip

    def signed(self, tail: str, body: bytes, *, key: str = "bank", at: datetime | None = None) -> Told:  # noqa: ARG002 - the bank's
        """A body on its way: what is signed stands in it already."""
        return Told(f"/kait/billing/halaman/{self.home}{tail}", {"Content-Type": "application/json"}, body)

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """(status, JSON) of one request with the right key."""
        self.asked.append(path)
        if self.broken:
            return 500, {"status_message": "broken"}
        wanted = "Basic " + base64.b64encode(f"{SERVER_KEY}:".encode()).decode()
        if headers.get("authorization") != wanted:
            return 401, {"status_code": "401", "status_message": "unknown server key"}
        if path.endswith("/transactions"):
            asked = json.loads(body)["transaction_details"]
            self.know(asked["order_id"], asked["gross_amount"], "link")
            return 201, {"token": "t", "redirect_url": self.page.replace("%s", asked["order_id"])}
        return self._status(path.split("/")[-2])

    def _status(self, code: str) -> tuple[int, dict[str, Any]]:
        order = self.orders.get(code)
        if order is None:
            return 200, {"status_code": "404", "status_message": "Transaction doesn't exist."}
        if not order.payments:
            return 200, self.words(code, f"{order.rupiah}.00", f"T{code}", "pending", now())
        rupiah, reference, at = order.payments[-1]
        return 200, self.words(code, f"{rupiah}.00", reference, "refund" if order.refunded else "settlement", at)
