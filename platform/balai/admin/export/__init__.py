"""A region takes its data along: `balai tenant export`, and the manifest by which anybody can check that it is whole.

Everything with a tenant_id leaves, in JSON Lines and CSV, also tables of plugins that are off or not installed; keys, sessions
and secrets never do. Encrypted columns and files that aren't public are masked or left out unless personal data is asked for
with a reason, which the region's audit keeps.
"""

from balai.admin.export.checking import verify_export
from balai.admin.export.service import Exported, export_tenant

__all__ = ["Exported", "export_tenant", "verify_export"]
