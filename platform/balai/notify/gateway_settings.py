"""The form behind a gateway's page: what was typed is checked here, secrets go in and never come out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from balai import audit, keys
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import FieldError, Invalid, NotFound
from balai.keys.normalise import normalise_phone
from balai.notify import circuit, delivering
from balai.notify.gateways import (
    CHANNELS,
    PLACES,
    Config,
    body_of,
    is_address,
    of_region,
    parse_fields,
    unknown_places,
)
from balai.notify.models import Gateway, Message
from balai.notify.templates import register
from balai.outbound import OutboundClient, OutboundError
from balai.settings import current_settings
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9\-]{0,60}")
_CHOICES: Final = {
    "auth": ("bearer", "header", "basic", "body"),
    "format": ("json", "form"),
    "receipts": ("none", "hmac", "secret"),
}
_LONGEST: Final = 2000
_NUMBERS: Final = ("{nomor}", "{nomor62}", "{nomor0}")

register(
    delivering.TRIAL,
    _l("Pesan uji"),
    _l("Ini pesan uji dari %(region)s. Bila Anda membacanya, jalur pesan sudah tersambung."),
    {"region": "Kota Bandung"},
    short=_l("Pesan uji dari %(region)s: jalur pesan sudah tersambung."),
    urgent=True,
    audience="staff",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A gateway as its page may show it: no secret, only whether there is one."""

    channel: str
    label: str
    config: Config
    switched_on: bool
    has_secret: bool
    has_receipt_secret: bool


def shown(session: TenantSession, channel: str) -> Shown:
    """The gateway of that channel; NotFound when Balai has no such gateway."""
    label = next((made.label for made in CHANNELS if made.key == channel), None)
    if label is None:
        raise NotFound
    row = of_region(session, channel)
    if row is None:
        return Shown(channel, label, Config(), switched_on=False, has_secret=False, has_receipt_secret=False)
    return Shown(
        channel,
        label,
        Config.of(row.config),
        switched_on=row.switched_on,
        has_secret=row.secret is not None,
        has_receipt_secret=row.receipt_secret is not None,
    )


def save(session: TenantSession, channel: str, given: Mapping[str, str]) -> Gateway:
    """Keep what was typed; an empty secret leaves the old one, `secret_clear` removes it. Invalid says what to correct."""
    before = shown(session, channel)
    config = Config.of(
        {key: " ".join(value.split()) if key != "fields" else value.strip() for key, value in given.items()}
    )
    switched_on = given.get("switched_on") == "ya"
    errors = _faults(config, given, before, switched_on=switched_on)
    if errors:
        raise Invalid(errors)
    row = of_region(session, channel) or Gateway(id=new_id(), channel=channel)
    changed = sorted(k for k, v in config.as_dict().items() if before.config.as_dict()[k] != v)
    row.config, row.switched_on, row.changed_at = config.as_dict(), switched_on, now()
    for name in ("secret", "receipt_secret"):
        if given.get(f"{name}_clear") == "ya" or given.get(name):
            keys.seal(session, row, name, given.get(name) or None)
            changed.append(name)
    session.add(row)
    session.flush()
    circuit.clear(session, channel)
    # Names only, never values.
    audit.record(session, "message.gateway_changed", data={"channel": channel, "on": switched_on, "changed": changed})
    return row


def _faults(config: Config, given: Mapping[str, str], before: Shown, *, switched_on: bool) -> list[FieldError]:
    errors = [
        FieldError(name, _("Pilih salah satu."))
        for name, allowed in _CHOICES.items()
        if getattr(config, name) not in allowed
    ]
    errors += [
        FieldError(name, _("Terlalu panjang."))
        for name, value in config.as_dict().items()
        if len(str(value)) > _LONGEST
    ]
    if config.url or switched_on:
        errors += _address_faults(config.url)
    errors += _field_faults(config)
    if config.auth == "header" and not _HEADER.fullmatch(config.auth_name):
        errors.append(FieldError("auth_name", _("Tulis nama kepala (header), misalnya X-Api-Key.")))
    if config.receipts != "none":
        for name in ("receipt_header", "receipt_time"):
            if not _HEADER.fullmatch(getattr(config, name)):
                errors.append(FieldError(name, _("Tulis nama kepala (header), misalnya X-Signature.")))
        kept = before.has_receipt_secret and given.get("receipt_secret_clear") != "ya"
        if not given.get("receipt_secret") and not kept:
            errors.append(FieldError("receipt_secret", _("Tulis kunci yang dipakai gerbang untuk menandai kabarnya.")))
    for name in ("secret", "receipt_secret"):
        if not (given.get(name) or "x").isascii() or any(c < " " for c in given.get(name) or ""):
            errors.append(FieldError(name, _("Kunci hanya terdiri dari huruf, angka, dan tanda baca biasa.")))
    return errors


def _address_faults(url: str) -> list[FieldError]:
    if not is_address(url):
        return [FieldError("url", _("Tulis alamat gerbang, misalnya https://gerbang.contoh.id/kirim"))]
    try:
        OutboundClient.of(current_settings()).check(url)
    except OutboundError as fault:
        return [FieldError("url", _("Alamat ini belum bisa dipakai: %(why)s.", why=str(fault)))]
    return []


def _field_faults(config: Config) -> list[FieldError]:
    try:
        parse_fields(config.fields)
        body_of(config, dict.fromkeys(PLACES, "x"))
    except ValueError as fault:
        text = _("Baris %(line)s tidak terbaca. Tulis seperti: to = {nomor}", line=str(fault))
        return [FieldError("fields", text)]
    strange = unknown_places(config.fields)
    if strange:
        offered = ", ".join(f"{{{name}}}" for name in PLACES)
        text = _(
            "%(strange)s tidak dikenal. Yang bisa dipakai: %(offered)s.",
            strange=", ".join(f"{{{name}}}" for name in strange),
            offered=offered,
        )
        return [FieldError("fields", text)]
    if "{pesan}" not in config.fields or not any(number in config.fields for number in _NUMBERS):
        return [FieldError("fields", _("Sertakan {pesan} dan salah satu dari {nomor}, {nomor62}, {nomor0}."))]
    return []


def try_out(session: TenantSession, channel: str, to: str, region: str) -> Message:
    """Queue a test message over the very path of real ones, also while the gateway is switched off; Invalid for the number."""
    from balai.notify.services import send

    shown(session, channel)
    try:
        number = normalise_phone(to)
    except ValueError:
        raise Invalid.field("nomor", _("Tulis nomor HP, misalnya 0812 3456 7890.")) from None
    audit.record(session, "message.tried", data={"channel": channel})
    return send(session, channel=channel, to=number, template=delivering.TRIAL, data={"region": region})
