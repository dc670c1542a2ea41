"""Which words a plugin may call itself, and which addresses a name owns."""

import re

NAME = re.compile(r"[a-z][a-z0-9]{1,30}")

# Drawn in the console by an officer: an owner of services that is no plugin and never gated.
REGION_OWNER = "daerah"
# Owner of the services by which people use their rights over their data: every region has them, no switch takes them away.
PRIVACY_OWNER = "privasi"
ALWAYS_ON = frozenset({REGION_OWNER, PRIVACY_OWNER})

# Rooms of the core and everything that stands beside plugins under /kelola, /layanan, /api/v1 and /kait, now or planned; a
# test keeps the list complete. A plugin of that name would answer in the core's place.
RESERVED = frozenset(
    {
        REGION_OWNER, "balai", "core", "daerah", "plugin", "public", "registry", "jobs", "static", "h",
        # rooms
        "admin", "api", "app", "audit", "auth", "billing", "cases", "cli", "contracts", "db", "devstack", "errors",
        "evidence", "files", "hookspecs", "interop", "keys", "notify", "ops", "outbound", "places", "plugins", "portal",
        "privacy", "rest", "semua", "settings", "tenancy", "testing", "web", "words", "clock",
        # resources of the API
        "account", "accounts", "areas", "citizens", "decisions", "docs", "events", "ideas", "invoices", "me", "members",
        "messages", "metrics", "openapi", "permissions", "profile", "ratings", "region", "regions", "reports", "roles",
        "services", "tenant", "tenants", "tokens", "units", "uploads", "verdicts", "webhooks",
        # pages of the portal and the console
        "anggota", "akun", "aplikasi", "antrean", "bahasa", "bantuan", "beranda", "berkas", "biaya", "catat", "data", "ekspor",
        "identitas", "izin", "kasir", "keluar", "kelola", "kait", "keputusan", "keuangan", "lacak", "laporan", "layanan",
        "manfaat", "masuk", "notifikasi", "operator", "pekerjaan", "pengaturan", "pesan", "peta", "petugas", "privasi", "profil",
        "rantai", "organisasi", "permintaan", "riwayat", "sesi", "sistem", "susun", "tampilan", "tagihan", "tautan", "unduh",
        "unit", "usul", "wilayah",
    }
)  # fmt: skip

_OWNED = re.compile(r"/(layanan|kelola/layanan|kelola|api/v1|kait)/([^/]+)(?=/|$)")
_SLASHES = re.compile(r"/{2,}")


def prefixes(name: str) -> tuple[str, str, str, str]:
    """The four places where a plugin's rules may live, without trailing slash."""
    return (f"/layanan/{name}/h", f"/kelola/{name}", f"/api/v1/{name}", f"/kait/{name}")


def owner_of_path(path: str) -> tuple[str | None, bool]:
    """The word of a path that names its owner, such as "feedback" of `/kelola/feedback/usul`; None elsewhere.

    The second value is True where the core's own rules take any word (`/layanan/<owner>/<service>`): there a word that nobody
    has must look the same as a plugin that is off. Doubled slashes count as one: the router would answer them with a redirect,
    which tells that something is there.
    """
    found = _OWNED.match(_SLASHES.sub("/", path) if "//" in path else path)
    if found is None:
        return None, False
    place, word = found.groups()
    if place == "kelola" and word == "layanan":  # `/kelola/layanan` itself
        return None, False
    return word, place in {"layanan", "kelola/layanan"} and word not in RESERVED
