"""A region's accounts with payment providers: which there are, what was entered for them, and the line that reaches them.

Secrets go in and never come out: pages, exports, logs and the audit only know that there is one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from balai import audit, keys, plugins
from balai.billing.days import zone
from balai.billing.payments import queries
from balai.billing.payments.models import PaymentGateway
from balai.billing.payments.providers import own_qris, signing
from balai.clock import now
from balai.contracts import PaymentAccount, PaymentFault, PaymentProvider, PaymentSetting
from balai.db import TenantSession, new_id
from balai.errors import FieldError, Invalid, NotFound
from balai.outbound import OutboundClient, OutboundError
from balai.settings import current_settings
from balai.web.i18n import gettext as _

TIMEOUT: Final = 8.0  # seconds for one call to a provider
_MOST_BYTES: Final = 512 * 1024
_LONGEST: Final = {"text": 200, "url": 300, "number": 20, "secret": 300, "long": 8000, "pem": 8000}
_LINE: Final = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Shown:
    """A region's account as its page may show it. kept: names of the secrets that are there."""

    provider: PaymentProvider
    values: Mapping[str, str]
    kept: frozenset[str]
    switched_on: bool

    @property
    def is_complete(self) -> bool:
        """Whether everything that the provider needs has been entered."""
        return all(
            not s.required or (s.key in self.kept if s.is_secret else self.values.get(s.key))
            for s in self.provider.settings
        )


def providers(session: TenantSession) -> list[PaymentProvider]:
    """Providers that this region could switch on: the core's and those of its plugins."""
    from balai.notify.channels import tenant_of

    tenant = tenant_of(session)
    return [
        made
        for owner, made in plugins.manager().brought("payment_providers")
        if owner.core or plugins.state(tenant, owner.name).open
    ]


def provider(session: TenantSession, key: str) -> PaymentProvider:
    """The provider of that name; NotFound."""
    for made in providers(session):
        if made.key == key:
            return made
    raise NotFound


def row_of(session: TenantSession, key: str) -> PaymentGateway | None:
    """The region's row, None when it never entered anything."""
    return session.scalars(select(PaymentGateway).where(PaymentGateway.provider == key)).first()


def shown(session: TenantSession, key: str) -> Shown:
    """The account as its page shows it; NotFound."""
    made, row = provider(session, key), row_of(session, key)
    values = {s.key: s.default for s in made.settings if not s.is_secret}
    if row is None:
        return Shown(made, values, frozenset(), switched_on=False)
    values |= {k: str(v) for k, v in row.config.items() if k in values}
    return Shown(made, values, frozenset(_secrets(session, row)), row.switched_on)


def usable(session: TenantSession) -> list[PaymentProvider]:
    """Providers through which people can pay right now."""
    on = set(session.scalars(select(PaymentGateway.provider).where(PaymentGateway.switched_on)))
    return [made for made in providers(session) if made.key in on]


def account(session: TenantSession, made: PaymentProvider) -> PaymentAccount | None:
    """The account that a provider works with, None when nothing was entered. Its values hold the secrets: don't keep it."""
    row = queries.gateway(session, made.key)
    if row is None:
        return None
    row_id, config, sealed = row
    values = {s.key: s.default for s in made.settings} | {k: str(v) for k, v in config.items()}
    if sealed is not None:
        raw = keys.decrypt(session, sealed, table=PaymentGateway.__tablename__, column="secrets", row_id=row_id)
        values |= msgspec.json.decode(raw)
    return PaymentAccount(values, _local_now(zone(session)), call)


def call(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
    """One request to a provider's address; ConnectionError, without the address's words, when there is no answer."""
    client = OutboundClient.of(current_settings())
    try:
        return client.request(method, url, headers=headers, body=body, timeout=TIMEOUT, max_bytes=_MOST_BYTES)
    except OutboundError as fault:
        raise ConnectionError(str(fault)) from None


def _local_now(region: ZoneInfo) -> datetime:
    return now().astimezone(region)


def _secrets(session: TenantSession, row: PaymentGateway) -> dict[str, str]:
    raw = keys.reveal(session, row, "secrets")
    found: dict[str, str] = msgspec.json.decode(raw) if raw else {}
    return found


def save(session: TenantSession, key: str, given: Mapping[str, str]) -> PaymentGateway:
    """Keep what was typed; an empty secret leaves the old one, `<key>_clear` removes it. Invalid says what to correct."""
    before = shown(session, key)
    row = row_of(session, key) or PaymentGateway(id=new_id(), provider=key)
    secrets = (
        {k: v for k, v in _secrets(session, row).items() if given.get(f"{k}_clear") != "ya"} if row.secrets else {}
    )
    values = dict(before.values)
    for setting in before.provider.settings:
        text = _tidy(setting, given.get(setting.key, ""))
        if not setting.is_secret:
            values[setting.key] = text
        elif text:
            secrets[setting.key] = text
    switched_on = given.get("switched_on") == "ya"
    errors = _faults(before.provider, values, secrets, switched_on=switched_on)
    if errors:
        raise Invalid(errors)
    changed = sorted({k for k, v in values.items() if before.values.get(k) != v} | {
        s.key for s in before.provider.settings if s.is_secret and (given.get(s.key) or given.get(f"{s.key}_clear") == "ya")
    })  # fmt: skip
    row.config, row.switched_on, row.changed_at = values, switched_on, now()
    keys.seal(session, row, "secrets", msgspec.json.encode(secrets).decode())
    session.add(row)
    session.flush()
    # Names only, never values.
    audit.record(session, "billing.provider_changed", subject_kind="payment_provider", subject_id=key,
                 data={"on": switched_on, "changed": changed})  # fmt: skip
    return row


def _tidy(setting: PaymentSetting, text: str) -> str:
    if setting.kind in {"long", "pem"}:
        return "\n".join(line.strip() for line in text.strip().splitlines())
    return " ".join(text.split())


def _faults(
    made: PaymentProvider, values: Mapping[str, str], secrets: Mapping[str, str], *, switched_on: bool
) -> list[FieldError]:
    errors = []
    for setting in made.settings:
        text = (secrets if setting.is_secret else values).get(setting.key, "")
        fault = _fault(setting, text)
        if fault is None and switched_on and setting.required and not text:
            fault = _("Bagian ini perlu diisi sebelum dinyalakan.")
        if fault is not None:
            errors.append(FieldError(setting.key, fault))
    if made is own_qris.PROVIDER and values.get("payload"):
        try:
            own_qris.read_sticker(values)
        except PaymentFault:
            errors.append(
                FieldError("payload", _("Isi QRIS belum benar. Salin utuh, dari 000201 sampai empat tanda terakhir."))
            )
    return errors


def _fault(setting: PaymentSetting, text: str) -> str | None:
    if len(text) > _LONGEST[setting.kind]:
        return _("Terlalu panjang.")
    if text and setting.kind == "number" and not (text.isascii() and text.isdigit()):
        return _("Tulis angka saja.")
    if setting.kind in {"text", "secret", "url"} and not _LINE.fullmatch(text):
        return _("Hanya huruf, angka, dan tanda baca biasa.")
    if setting.kind == "url":
        return _address_fault(text)
    if "BEGIN" in text or setting.kind == "pem":
        try:
            (signing.private_of if setting.kind == "pem" else signing.public_of)(text)
        except PaymentFault:
            return _(
                "Kunci ini tidak terbaca. Tempel utuh dari -----BEGIN sampai -----END, RSA paling sedikit 2048 bit."
            )
    return None


def _address_fault(text: str) -> str | None:
    try:
        OutboundClient.of(current_settings()).check(text)
    except OutboundError as fault:
        return _("Alamat ini belum bisa dipakai: %(why)s.", why=str(fault))
    return None
