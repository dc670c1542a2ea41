"""The one module that plugins import. What stands in `__all__` is kept stable: see API_VERSION.

Re-exports only; each thing is described where it is defined. A plugin's tests also use `balai.testing`.
"""

from balai.audit import record as record_audit
from balai.auth import Principal, require, require_staff, signed_in
from balai.auth import current as current_principal
from balai.auth.members import list_members
from balai.billing import (
    Invoice,
    InvoiceDraft,
    InvoiceLine,
    IssuedInvoice,
    LateFee,
    Payer,
    Payment,
    find_invoice,
    open_account,
)
from balai.billing import cancel as cancel_invoice
from balai.billing import credit as credit_invoice
from balai.billing import issue as issue_invoice
from balai.billing import issue_many as issue_invoices
from balai.billing import of_subject as invoices_of
from balai.billing import payer_of as invoice_payer
from balai.billing import public_path as invoice_path
from balai.billing import status_of as invoice_status
from balai.cases import SYSTEM as SYSTEM_PERSON
from balai.cases import (
    Case,
    CaseEvent,
    DocumentError,
    Filed,
    Person,
    Place,
    Reporter,
    Unit,
    file_case,
    load_services,
    move_case,
    read_case,
    step_for_event,
)
from balai.cases import citizen as citizen_viewing
from balai.cases import service as find_service
from balai.cases import staff as staff_viewing
from balai.cases.personal.forget import sealed_answers as personal_answers
from balai.clock import now
from balai.contracts import (
    API_VERSION,
    ChainAction,
    Channel,
    Connector,
    Event,
    Field,
    FormNote,
    HomeCard,
    Manifest,
    MenuItem,
    Metric,
    MetricValue,
    PaymentAccount,
    PaymentCall,
    PaymentFault,
    PaymentNotice,
    PaymentOffer,
    PaymentOrder,
    PaymentProvider,
    PaymentSetting,
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
from balai.db import Base, TenantModel, TenantSession, announce, driver, new_id, session, tenant_relationship
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
from balai.files import find as find_file
from balai.files import respond as file_response
from balai.files import store as store_file
from balai.files import url as file_url
from balai.files.tabular import neutralise, write_csv
from balai.files.workbooks import read_table
from balai.hookspecs import hookimpl
from balai.jobs import defer
from balai.keys import (
    blind_index,
    indexer,
    mask_email,
    mask_name,
    mask_nik,
    mask_phone,
    mask_traces,
    reveal,
    seal,
    sealed,
    sealed_column,
    sealer,
)
from balai.keys.bulk import opener
from balai.notify import Addressee, Message, page_url, phone_channel
from balai.notify import Template as MessageTemplate
from balai.notify import register as register_messages
from balai.notify import send as send_message
from balai.notify import send_many as send_messages
from balai.notify import written as message_text
from balai.places import Area, areas
from balai.places.counts import latest as place_counts
from balai.plugins import settings as plugin_settings
from balai.privacy import has_consent, record_consent
from balai.rest import Blueprint as ApiBlueprint
from balai.rest import PageQuery, reply
from balai.tenancy import Tenant
from balai.tenancy import current as current_tenant
from balai.web import Form, flash, gettext, lazy_gettext, map_tiles, ngettext, personal, render, render_form
from balai.web import allow as allow_use
from balai.web import count as limit_use
from balai.web import exempt as exempt_from_csrf
from balai.web import force_language as in_language
from balai.web.formats import waktu as moment_text

__all__ = [
    "API_VERSION",
    "SYSTEM_PERSON",
    "Addressee",
    "ApiBlueprint",
    "Area",
    "BadRequest",
    "Base",
    "Case",
    "CaseEvent",
    "ChainAction",
    "Channel",
    "Conflict",
    "Connector",
    "DocumentError",
    "Event",
    "Field",
    "FieldError",
    "File",
    "Filed",
    "Forbidden",
    "Form",
    "FormNote",
    "HomeCard",
    "Invalid",
    "Invoice",
    "InvoiceDraft",
    "InvoiceLine",
    "IssuedInvoice",
    "LateFee",
    "Manifest",
    "MenuItem",
    "Message",
    "MessageTemplate",
    "Metric",
    "MetricValue",
    "NotFound",
    "PageQuery",
    "Payer",
    "Payment",
    "PaymentAccount",
    "PaymentCall",
    "PaymentFault",
    "PaymentNotice",
    "PaymentOffer",
    "PaymentOrder",
    "PaymentProvider",
    "PaymentSetting",
    "Permission",
    "Person",
    "Personal",
    "PersonalData",
    "Place",
    "Principal",
    "Problem",
    "Proof",
    "Refusal",
    "Reporter",
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
    "Unit",
    "UnsupportedMedia",
    "Workflow",
    "allow_use",
    "announce",
    "areas",
    "blind_index",
    "cancel_invoice",
    "citizen_viewing",
    "credit_invoice",
    "current_principal",
    "current_tenant",
    "defer",
    "driver",
    "exempt_from_csrf",
    "file_case",
    "file_response",
    "file_url",
    "find_file",
    "find_invoice",
    "find_service",
    "flash",
    "gettext",
    "has_consent",
    "hookimpl",
    "in_language",
    "indexer",
    "invoice_path",
    "invoice_payer",
    "invoice_status",
    "invoices_of",
    "issue_invoice",
    "issue_invoices",
    "lazy_gettext",
    "limit_use",
    "list_members",
    "load_services",
    "map_tiles",
    "mask_email",
    "mask_name",
    "mask_nik",
    "mask_phone",
    "mask_traces",
    "message_text",
    "moment_text",
    "move_case",
    "neutralise",
    "new_id",
    "ngettext",
    "now",
    "open_account",
    "opener",
    "page_url",
    "periodic",
    "personal",
    "personal_answers",
    "phone_channel",
    "place_counts",
    "plugin_settings",
    "protect",
    "read_case",
    "read_table",
    "record_audit",
    "record_consent",
    "register_messages",
    "render",
    "render_form",
    "reply",
    "require",
    "require_staff",
    "reveal",
    "seal",
    "sealed",
    "sealed_column",
    "sealer",
    "send_message",
    "send_messages",
    "session",
    "signed_in",
    "staff_viewing",
    "step_for_event",
    "store_file",
    "task",
    "tenant_fk",
    "tenant_index",
    "tenant_relationship",
    "tenant_table",
    "write_csv",
]
