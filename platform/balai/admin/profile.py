"""`/kelola/daerah`: what the region shows of itself. Tenants are data: saving here is all it takes to change every page."""

import re
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from sqlalchemy import delete, select

from balai import audit, keys
from balai.admin.sign_in_look import look_changed
from balai.clock import now
from balai.db import TenantSession
from balai.errors import FieldError, Invalid
from balai.tenancy import Tenant, TenantProfile
from balai.tenancy import queries as registry
from balai.web import colour
from balai.web.crest import save_crest
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l
from balai.web.look import MOTIFS
from balai.web.models import LookImage

ZONES: Final[dict[str, Any]] = {
    "Asia/Jakarta": _l("WIB (Jakarta, UTC+7)"),
    "Asia/Makassar": _l("WITA (Makassar, UTC+8)"),
    "Asia/Jayapura": _l("WIT (Jayapura, UTC+9)"),
}
# Field -> longest text in characters. leader_name is kept for the console's records only (election law).
COLUMNS: Final = {
    "display_name": 80, "tagline": 120, "phone": 30, "email": 120, "address": 200, "website": 120, "leader_name": 80,
}  # fmt: skip
CHOICES: Final = {"whatsapp": 30, "hours": 80}
COLOURS: Final = ("primary_color", "accent_color")
LOOK_SAVED: Final = "look_saved"
_PHONE = re.compile(r"\+?[\d ()./-]{3,30}")
_WEBSITE = re.compile(r"https?://[^\s<>\"']+\.[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class LookResult:
    """What pages make of two colours: the palette, contrast of white text on it, contrast of the colours as they were given."""

    palette: colour.Palette
    button_contrast: float
    head_contrast: float
    first_contrast: float
    second_contrast: float
    second_leads: bool

    @property
    def darkened(self) -> bool:
        """Whether the leading colour is too pale for text and a darker shade of it is used there."""
        return self.palette.brand != self.palette.region


def read_profile(session: TenantSession) -> TenantProfile:
    """The region's own row."""
    return session.scalars(select(TenantProfile)).one()


def form_values(profile: TenantProfile, tenant: Tenant) -> dict[str, Any]:
    """The profile as its form shows it."""
    values: dict[str, Any] = {name: getattr(profile, name) for name in (*COLUMNS, *COLOURS)}
    values |= {name: profile.settings.get(name, "") for name in (*CHOICES, "motif")}
    values["motif"] = values["motif"] or MOTIFS[0]
    return values | {"timezone": tenant.timezone}


def save_profile(session: TenantSession, tenant: Tenant, typed: dict[str, str]) -> TenantProfile:
    """Write the form's values; raises Invalid naming each field to correct. Records which fields changed, not their content."""
    values = _checked(typed)
    profile = read_profile(session)
    before = form_values(profile, tenant)
    for name in (*COLUMNS, *COLOURS):
        setattr(profile, name, values[name])
    profile.settings = {
        **profile.settings, **{name: values[name] for name in (*CHOICES, "motif")}, LOOK_SAVED: True,
    }  # fmt: skip
    profile.updated_at = now()
    if (values["display_name"], values["timezone"]) != (tenant.name, tenant.timezone):
        session.flush()
        registry.rename(session, tenant.id, values["display_name"], values["timezone"])
    changed = sorted(name for name, value in values.items() if before.get(name) != value)
    audit.record(session, "profile.saved", subject_kind="tenant", subject_id=tenant.id, data={"changed": changed})
    look_changed(session)
    return profile


def replace_crest(session: TenantSession, tenant: Tenant, stream: BinaryIO) -> None:
    """Take a picture as the region's crest; raises Invalid (field `crest`) or TooLarge."""
    save_crest(session, stream)
    audit.record(session, "profile.crest_replaced", subject_kind="tenant", subject_id=tenant.id)
    look_changed(session)


def remove_crest(session: TenantSession, tenant: Tenant) -> None:
    """Back to Balai's own mark."""
    session.execute(delete(LookImage))
    profile = read_profile(session)
    profile.crest_file, profile.updated_at = None, now()
    audit.record(session, "profile.crest_removed", subject_kind="tenant", subject_id=tenant.id)
    look_changed(session)


def check_look(first: str, second: str) -> LookResult | None:
    """What pages make of these two colours (`#rrggbb`); None when one of them can't be read."""
    try:
        one, two, made = colour.parse(first), colour.parse(second), colour.palette(first, second)
    except ValueError:
        return None
    return LookResult(
        palette=made,
        button_contrast=_on_white(colour.parse(made.brand)),
        head_contrast=_on_white(colour.parse(made.brand_deep)),
        first_contrast=_on_white(one),
        second_contrast=_on_white(two),
        second_leads=one != two and made.region == colour.to_hex(two),
    )


def _on_white(value: colour.Rgb) -> float:
    return round(colour.contrast(value, colour.WHITE), 1)


def is_email(value: str) -> bool:
    """Whether a mail could be sent there, by its form."""
    try:
        keys.normalise_email(value)
    except ValueError:
        return False
    return len(value) <= 254  # noqa: PLR2004 - RFC 5321


def _checked(typed: dict[str, str]) -> dict[str, Any]:
    errors: list[FieldError] = []
    values: dict[str, Any] = {}
    for name, longest in (COLUMNS | CHOICES).items():
        values[name] = " ".join(typed.get(name, "").replace("\x00", "").split())
        if len(values[name]) > longest:
            errors.append(FieldError(name, _("Paling panjang %(most)s huruf.", most=longest)))
    if not values["display_name"]:
        errors.append(FieldError("display_name", _("Nama daerah perlu diisi.")))
    errors += _contact_errors(values)
    for name in COLOURS:
        try:
            values[name] = colour.to_hex(colour.parse(typed.get(name, "")))
        except ValueError:
            errors.append(FieldError(name, _("Tulis warna seperti #0b6e6e.")))
    values["motif"] = typed.get("motif") if typed.get("motif") in MOTIFS else MOTIFS[0]
    values["timezone"] = typed.get("timezone", "")
    if values["timezone"] not in ZONES:
        errors.append(FieldError("timezone", _("Pilih zona waktu.")))
    if errors:
        raise Invalid(errors)
    return values


def _contact_errors(values: dict[str, Any]) -> list[FieldError]:
    errors = [
        FieldError(name, _("Tulis nomor telepon dengan angka, misalnya (022) 123-4567."))
        for name in ("phone", "whatsapp")
        if values[name] and not _PHONE.fullmatch(values[name])
    ]
    if values["email"] and not is_email(values["email"]):
        errors.append(FieldError("email", _("Alamat email tidak bisa dipakai.")))
    if values["website"] and not _WEBSITE.fullmatch(values["website"]):
        errors.append(FieldError("website", _("Tulis alamat situs lengkap, dimulai dengan https://")))
    return errors
