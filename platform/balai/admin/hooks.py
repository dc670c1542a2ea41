"""The room's part in the core: its entries of the console's menu, its tasks."""

from typing import Final

from balai.admin import downloads, openings, sign_in_look
from balai.contracts import MenuItem, Task
from balai.hookspecs import hookimpl
from balai.tenancy import Tenant
from balai.web.i18n import lazy_gettext as _l

MENU: Final = (
    MenuItem(_l("Mulai"), "admin_front.start_page", "home", None, 0),
    MenuItem(_l("Petugas"), "admin.members_page", "users", "members.manage", 500),
    MenuItem(_l("Layanan daerah"), "admin.services_page", "layout-grid", "plugins.switch", 510),
    MenuItem(_l("Tampilan daerah"), "admin.region_page", "image", "members.manage", 520),
    MenuItem(_l("Bahasa"), "admin.languages_page", "languages", "members.manage", 525),
    MenuItem(_l("Catatan kegiatan"), "admin.audit_page", "scroll-text", "audit.read", 530),
    MenuItem(_l("Data pribadi"), "admin.processing_page", "shield", "audit.read", 535),
    MenuItem(_l("Pekerjaan otomatis"), "admin.jobs_page", "loader", "members.manage", 540),
    MenuItem(_l("Unduh data"), "admin.exports_page", "download", "members.manage", 550),
    MenuItem(_l("Izin pengelola"), "admin.grants_page", "key", "members.manage", 560),
)
OPERATOR_MENU: Final = (
    MenuItem(_l("Daerah"), "admin_front.start_page", "landmark", "tenants.manage", 0),
    MenuItem(_l("Buka daerah"), "admin_operator.opening_page", "plus", "tenants.manage", 10),
    MenuItem(_l("Keadaan sistem"), "admin_operator.health_page", "settings", "tenants.manage", 20),
)


@hookimpl
def collect_menu(tenant: Tenant | None) -> list[MenuItem] | None:
    """Core pages of the console."""
    return list(MENU) if tenant is not None else None


@hookimpl
def register_tasks() -> list[Task]:
    """What the room hands to the worker."""
    return [openings.open_region, downloads.export_data, downloads.drop_exports, sign_in_look.share_look]
