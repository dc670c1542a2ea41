"""What each role may do. Core roles are here; plugins add theirs through register_permissions and register_roles."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from flask import current_app

from balai.contracts import Permission, Role

# admin doesn't imply cases.reveal: whoever runs the region's console needs no citizen's phone number.
CORE_PERMISSIONS = (
    Permission("cases.work", "Menangani laporan dan permohonan"),
    Permission("cases.assign", "Membagi tugas di unit"),
    Permission("cases.file_for", "Mencatat laporan atas nama warga"),
    Permission("cases.reveal", "Melihat nomor telepon dan data pribadi pelapor"),
    Permission("services.draw", "Menyusun layanan"),
    Permission("services.publish", "Menerbitkan layanan"),
    Permission("members.manage", "Mengelola anggota"),
    Permission("plugins.switch", "Menyalakan dan mematikan layanan"),
    Permission("evidence.decide", "Mengambil keputusan dari bukti"),
    Permission("billing.view", "Melihat tagihan dan pembukuan"),
    Permission("billing.collect", "Menerima uang di loket"),
    Permission("billing.treasure", "Mengurus keuangan: rekening koran, penyedia pembayaran, pengembalian, tutup buku"),
    Permission("billing.approve", "Menyetujui cicilan, pembatalan, dan potongan"),
    Permission("audit.read", "Membaca catatan perbuatan"),
    Permission("tenants.manage", "Mengelola daerah di Balai (hanya pengelola Balai)"),
)
CORE_ROLES = (
    Role(
        "admin",
        "Admin",
        frozenset(
            {
                "cases.work", "cases.assign", "cases.file_for", "services.draw", "members.manage", "plugins.switch",
                "audit.read",
            }
        ),
    ),
    Role(
        "officer",
        "Petugas",
        frozenset({"cases.work", "cases.assign", "cases.file_for", "cases.reveal", "services.draw"}),
    ),
    Role("leader", "Pimpinan", frozenset({"services.publish", "plugins.switch", "evidence.decide", "audit.read"})),
    Role("treasurer", "Bendahara", frozenset({"billing.view", "billing.collect", "billing.treasure", "billing.approve"})),
    Role("cashier", "Kasir", frozenset({"billing.view", "billing.collect"})),
    Role("auditor", "Pemeriksa", frozenset({"audit.read"})),
    Role("helper", "Pencatat (tidak melihat isi laporan)", frozenset({"cases.file_for"})),
)  # fmt: skip
OPERATOR_ONLY = frozenset({"tenants.manage"})


@dataclass(slots=True)
class Catalogue:
    """Roles and permissions of this process: core ones and those of healthy plugins."""

    roles: dict[str, Role] = field(default_factory=lambda: {r.key: r for r in CORE_ROLES})
    permissions: dict[str, Permission] = field(default_factory=lambda: {p.key: p for p in CORE_PERMISSIONS})
    owners: dict[str, str] = field(default_factory=dict)

    def add(self, owner: str | None, permissions: Iterable[Permission] = (), roles: Iterable[Role] = ()) -> None:
        """Take in what the plugin `owner` (None: a room of the core) declares. Raises ValueError, naming the bad key."""
        for permission in permissions:
            self._claim(owner, permission.key, self.permissions)
            self.permissions[permission.key] = permission
        for role in roles:
            self._claim(owner, role.key, self.roles)
            wrong = sorted((role.permissions - self.permissions.keys()) | (role.permissions & OPERATOR_ONLY))
            if wrong:
                raise ValueError(f"role {role.key!r} names permissions that it can't have: {', '.join(wrong)}")
            self.roles[role.key] = role

    def _claim(self, owner: str | None, key: str, taken: Iterable[str]) -> None:
        if key in taken:
            raise ValueError(f"{key!r} is declared twice")
        if owner is None:
            return
        if not key.startswith(f"{owner}."):
            raise ValueError(f"{key!r} doesn't begin with its plugin's name, {owner!r}")
        self.owners[key] = owner

    def granted(
        self, roles: Iterable[str], *, operator: bool, open_plugins: Iterable[str] | None = None
    ) -> frozenset[str]:
        """Permissions of these roles. Unknown roles give nothing; a plugin's roles and rights count only while it is on."""
        usable = None if open_plugins is None else set(open_plugins)
        keys: set[str] = set()
        for name in roles:
            role = self.roles.get(name)
            if role is not None and self._on(name, usable):
                keys |= {key for key in role.permissions if self._on(key, usable)}
        if operator and "admin" in roles:
            keys |= OPERATOR_ONLY
        return frozenset(keys)

    def _on(self, key: str, usable: set[str] | None) -> bool:
        owner = self.owners.get(key)
        return owner is None or usable is None or owner in usable

    def offered(self, open_plugins: Iterable[str]) -> list[Role]:
        """Roles that a region may give right now, core first."""
        usable = set(open_plugins)
        return [role for key, role in self.roles.items() if self._on(key, usable)]


def catalogue() -> Catalogue:
    """The catalogue of the current application."""
    found: Catalogue = current_app.extensions["balai.permissions"]
    return found
