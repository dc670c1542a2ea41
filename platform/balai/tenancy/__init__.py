"""Tenants, their hosts, and the scope in which work for one of them runs."""

from balai.tenancy.models import TenantProfile
from balai.tenancy.requests import UnknownHost, init_app, normalise_host
from balai.tenancy.scope import current, operator, registry_scope, tenant_scope, tenants
from balai.tenancy.tenants import Tenant

__all__ = [
    "Tenant",
    "TenantProfile",
    "UnknownHost",
    "current",
    "init_app",
    "normalise_host",
    "operator",
    "registry_scope",
    "tenant_scope",
    "tenants",
]
