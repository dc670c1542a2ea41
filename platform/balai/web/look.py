"""A region's look as its pages need it. Tenants are data: nothing here knows any of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

from flask import g, has_request_context
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from balai import db
from balai.tenancy import TenantProfile
from balai.web.colour import Palette, palette, parse

MOTIFS = ("anyaman", "kawung", "pucuk")
# Raised when the stylesheet's own text changes: it stands in the address that browsers keep.
_SHEET = "1"


@dataclass(frozen=True, slots=True)
class LookView:
    """The look of one region, or the neutral one. Colours are `#rrggbb`; empty text = not given.

    languages: codes that its pages offer beside Indonesian, None while it has chosen none (then all that we ship); catalogues:
    code -> version of those that it uploaded; language_names: code -> the name that it gave.
    """

    name: str = ""
    tagline: str = ""
    colour_1: str = "#0b6e6e"
    colour_2: str = "#d98e04"
    motif: str = "anyaman"
    phone: str = ""
    whatsapp: str = ""
    email: str = ""
    address: str = ""
    hours: str = ""
    crest: str = ""
    languages: tuple[str, ...] | None = None
    catalogues: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    language_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def palette(self) -> Palette:
        """Readable colours."""
        return palette(self.colour_1, self.colour_2)

    @property
    def sheet_version(self) -> str:
        """Changes with the stylesheet's content."""
        return hashlib.sha256(f"{_SHEET}|{self.colour_1}|{self.colour_2}".encode()).hexdigest()[:10]

    @property
    def phone_link(self) -> str:
        """For a tel: address."""
        return "".join(c for c in self.phone if c.isdigit() or c == "+")

    @property
    def whatsapp_link(self) -> str:
        """For wa.me: digits with the country code."""
        digits = "".join(c for c in self.whatsapp if c.isdigit())
        return f"62{digits[1:]}" if digits.startswith("0") else digits


NEUTRAL = LookView()


def current_look() -> LookView:
    """The look of this request's region; neutral on the apex, and when the database can't be asked."""
    if not has_request_context():
        return NEUTRAL
    if "look" not in g:
        g.look = _read()
    found: LookView = g.look
    return found


def has_look() -> bool:
    """Whether `current_look` knows a region here: in a request, not in a job."""
    return has_request_context()


def stylesheet(look: LookView) -> str:
    """The region's own stylesheet: custom properties only."""
    rules = "".join(f"--{f.name.replace('_', '-')}:{getattr(look.palette, f.name)};" for f in fields(Palette))
    return f":root{{{rules}}}"


def view_of(profile: TenantProfile) -> LookView:
    """The profile as a value that outlives its session. A colour that can't be read is replaced by the neutral one."""
    chosen = profile.settings
    added: dict[str, dict[str, str]] = chosen.get("catalogues", {})
    return LookView(
        name=profile.display_name,
        tagline=profile.tagline,
        colour_1=_colour(profile.primary_color, NEUTRAL.colour_1),
        colour_2=_colour(profile.accent_color, NEUTRAL.colour_2),
        motif=str(chosen.get("motif")) if chosen.get("motif") in MOTIFS else MOTIFS[0],
        phone=profile.phone,
        whatsapp=chosen.get("whatsapp", ""),
        email=profile.email,
        address=profile.address,
        hours=chosen.get("hours", ""),
        crest=profile.crest_file.hex[-12:] if profile.crest_file else "",
        languages=tuple(chosen["languages"]) if "languages" in chosen else None,
        catalogues={code: one.get("version", "") for code, one in added.items()},
        language_names={code: one["name"] for code, one in added.items() if one.get("name")},
    )


def _read() -> LookView:
    tenant = g.get("tenant")
    if tenant is None or g.get("page_without_database"):
        return NEUTRAL
    try:
        row = db.session().scalars(select(TenantProfile)).one_or_none()
    except SQLAlchemyError:
        row = None
    return view_of(row) if row is not None else replace(NEUTRAL, name=tenant.name)


def _colour(value: str, otherwise: str) -> str:
    try:
        parse(value)
    except ValueError:
        return otherwise
    return value
