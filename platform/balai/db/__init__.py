"""Engine, sessions (one tenant each), base classes and migration helpers."""

from balai.db.announce import announce
from balai.db.base import Base, TenantModel, new_id
from balai.db.database import Database, TenantSession, WrongTenantError, check_role, database, driver
from balai.db.direct import Driver, look_up, reading
from balai.db.inserting import fresh, insert
from balai.db.relationships import tenant_relationship
from balai.db.requests import commit, init_app, session

__all__ = [
    "Base",
    "Database",
    "Driver",
    "TenantModel",
    "TenantSession",
    "WrongTenantError",
    "announce",
    "check_role",
    "commit",
    "database",
    "driver",
    "fresh",
    "init_app",
    "insert",
    "look_up",
    "new_id",
    "reading",
    "session",
    "tenant_relationship",
]
