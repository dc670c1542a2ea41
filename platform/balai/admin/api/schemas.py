"""Shapes that the resources of this room take and give. Descriptions are Indonesian: they stand in /api/docs."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from balai.rest import PageQuery

RegionCode = Annotated[
    str, Meta(pattern=r"^\d\d(\.\d\d(\.\d\d(\.\d{4})?)?)?$", description="Kode Kemendagri, mis. 32.73.")
]
PluginStateName = Literal["off", "on", "closing", "blocked"]


class Parent(Struct):
    """Provinsi dari sebuah kabupaten atau kota."""

    code: str
    name: str


class Region(Struct):
    """Satu daerah dari daftar Kemendagri; `url` terisi bila daerah itu memakai Balai."""

    code: str
    name: str
    kind: str
    autonomous: bool
    parent: Parent | None
    on_balai: bool
    url: str | None


class RegionPage(Struct):
    """Satu halaman daftar daerah."""

    items: list[Region]
    next: str | None


class RegionQuery(PageQuery, forbid_unknown_fields=True, kw_only=True):
    """Saringan daftar daerah."""

    search: Annotated[str, Meta(max_length=80, description="Bagian dari nama.")] = ""
    parent: Annotated[str, Meta(pattern=r"^\d\d$", description="Kode provinsi.")] | None = None
    level: Annotated[Literal["kabkota", "provinsi"] | None, Meta(description="Hanya satu tingkat.")] = None
    on_balai: Annotated[bool | None, Meta(description="true: hanya yang memakai Balai.")] = None


class AreaItem(Struct):
    """Satu kecamatan, desa atau kelurahan di daerah ini."""

    code: str
    name: str
    kind: str
    parent_code: str


class AreaList(Struct):
    """Kecamatan daerah ini, atau isi dari satu kecamatan."""

    items: list[AreaItem]


class AreaQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Saringan daftar wilayah."""

    parent: Annotated[RegionCode | None, Meta(description="Kode kecamatan; kosong: semua kecamatan.")] = None


class PluginItem(Struct):
    """Satu layanan yang bisa dinyalakan daerah."""

    name: str
    title: str
    summary: str
    sector: str
    stage: str
    version: str
    state: PluginStateName


class PluginList(Struct):
    """Layanan yang menyala; admin melihat semuanya."""

    items: list[PluginItem]


class PluginSwitch(Struct, forbid_unknown_fields=True):
    """Perintah menyalakan, menutup atau mematikan layanan."""

    state: Literal["on", "closing", "off"]
    reason: Annotated[str, Meta(min_length=1, max_length=1000, description="Alasan; dicatat dan dapat dibaca auditor.")]


class Member(Struct):
    """Satu anggota pemerintah daerah ini."""

    id: UUID
    name: str
    email: str | None
    roles: list[str]
    active: bool
    since: datetime | None


class MemberPage(Struct):
    """Satu halaman daftar anggota."""

    items: list[Member]
    next: str | None


Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$")]
RoleKey = Annotated[str, Meta(max_length=80, pattern=r"^[a-z][a-z0-9_.-]*$")]


class Invitation(Struct, forbid_unknown_fields=True):
    """Undangan untuk petugas baru."""

    email: Email
    name: Annotated[str, Meta(min_length=2, max_length=120)]
    roles: Annotated[list[RoleKey], Meta(min_length=1, max_length=20)]


class Invited(Struct):
    """Anggota yang diundang. `password`: kata sandi pertama bila email tidak bisa dikirim, hanya kali ini; `warning`: pesan."""

    member: Member
    password: str | None
    warning: str | None


class RoleChange(Struct, forbid_unknown_fields=True):
    """Peran anggota sesudah perubahan ini (seluruhnya)."""

    roles: Annotated[list[RoleKey], Meta(min_length=1, max_length=20)]
