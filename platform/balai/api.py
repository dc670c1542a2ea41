"""The one module that plugins import. What stands in `__all__` is kept stable: see API_VERSION.

Re-exports only; each thing is described where it is defined. A plugin's tests also use `balai.testing`.
"""

from balai.audit import record as record_audit
from balai.auth import Principal, require, require_staff, signed_in
from balai.auth import current as current_principal
from balai.cases.documents import load_folder as load_services
from balai.clock import now
from balai.contracts import (
    API_VERSION,
    ChainAction,
    Channel,
    Connector,
    Event,
    Field,
    HomeCard,
    Manifest,
    MenuItem,
    Metric,
    MetricValue,
    PaymentProvider,
    Permission,
    Personal,
    PersonalData,
    Proof,
    Refusal,
    RetryLater,
    Role,
    Sector,
    Service,
    Stage,
    State,
    Task,
    Timer,
    Transition,
    Workflow,
    periodic,
    task,
)
from balai.db import Base, TenantModel, TenantSession, announce, new_id, session, tenant_relationship
from balai.db.migration import protect, tenant_fk, tenant_index, tenant_table
from balai.errors import (
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from balai.files import File
from balai.files import store as store_file
from balai.files import url as file_url
from balai.hookspecs import hookimpl
from balai.jobs import defer
from balai.keys import blind_index, mask_email, mask_nik, mask_phone, reveal, seal, sealed, sealed_column
from balai.places import Area, areas
from balai.plugins import settings as plugin_settings
from balai.rest import Blueprint as ApiBlueprint
from balai.rest import PageQuery, reply
from balai.tenancy import Tenant
from balai.tenancy import current as current_tenant
from balai.web import Form, flash, gettext, lazy_gettext, ngettext, personal, render, render_form
from balai.web import exempt as exempt_from_csrf

__all__ = [
    "API_VERSION",
    "ApiBlueprint",
    "Area",
    "BadRequest",
    "Base",
    "ChainAction",
    "Channel",
    "Conflict",
    "Connector",
    "Event",
    "Field",
    "FieldError",
    "File",
    "Forbidden",
    "Form",
    "HomeCard",
    "Invalid",
    "Manifest",
    "MenuItem",
    "Metric",
    "MetricValue",
    "NotFound",
    "PageQuery",
    "PaymentProvider",
    "Permission",
    "Personal",
    "PersonalData",
    "Principal",
    "Problem",
    "Proof",
    "Refusal",
    "RetryLater",
    "Role",
    "Sector",
    "Service",
    "Stage",
    "State",
    "Task",
    "Tenant",
    "TenantModel",
    "TenantSession",
    "Timer",
    "TooLarge",
    "TooMany",
    "Transition",
    "Unauthenticated",
    "Unavailable",
    "UnsupportedMedia",
    "Workflow",
    "announce",
    "areas",
    "blind_index",
    "current_principal",
    "current_tenant",
    "defer",
    "exempt_from_csrf",
    "file_url",
    "flash",
    "gettext",
    "hookimpl",
    "lazy_gettext",
    "load_services",
    "mask_email",
    "mask_nik",
    "mask_phone",
    "new_id",
    "ngettext",
    "now",
    "periodic",
    "personal",
    "plugin_settings",
    "protect",
    "record_audit",
    "render",
    "render_form",
    "reply",
    "require",
    "require_staff",
    "reveal",
    "seal",
    "sealed",
    "sealed_column",
    "session",
    "signed_in",
    "store_file",
    "task",
    "tenant_fk",
    "tenant_index",
    "tenant_relationship",
    "tenant_table",
]
