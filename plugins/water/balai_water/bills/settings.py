"""How a utility bills: here or elsewhere, which unit's account is paid, until when, where."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai.api import FieldError, Invalid, TenantSession, Unit, gettext, new_id, record_audit
from balai_water.bills.models import MODES, BillingSetting

MOST_WORDS: Final = 1000
_LATEST_DAY: Final = 28


def setting(session: TenantSession) -> BillingSetting:
    """What was set; defaults where nothing was (not stored)."""
    found = session.scalars(select(BillingSetting)).first()
    return found or BillingSetting(mode="own", unit_id=None, due_day=20, pay_at="")


def units(session: TenantSession) -> list[tuple[str, str]]:
    """Units to choose from: (id, name)."""
    query = select(Unit.id, Unit.name).where(Unit.active).order_by(Unit.name)
    return [(str(row[0]), row[1]) for row in session.execute(query)]


def account_of(session: TenantSession, unit_id: UUID | None) -> str:
    """The payment account of a unit, "" without one."""
    unit = session.get(Unit, (session.tenant_id, unit_id)) if unit_id else None
    return (unit.payment_account or "") if unit else ""


def save(session: TenantSession, *, mode: str, unit_id: UUID | None, due_day: int, pay_at: str) -> BillingSetting:
    """Keep it; Invalid."""
    faults = []
    if mode not in MODES:
        faults.append(FieldError("mode", gettext("Pilih salah satu.")))
    if unit_id is not None and session.get(Unit, (session.tenant_id, unit_id)) is None:
        faults.append(FieldError("unit_id", gettext("Pilih unit yang ada di daftar.")))
    if not 1 <= due_day <= _LATEST_DAY:
        faults.append(FieldError("due_day", gettext("Pilih tanggal 1 sampai 28.")))
    if len(pay_at) > MOST_WORDS:
        faults.append(FieldError("pay_at", gettext("Terlalu panjang, paling banyak %(most)s huruf.", most=MOST_WORDS)))
    if mode == "external" and not pay_at.strip():
        faults.append(FieldError("pay_at", gettext("Beri tahu warga di mana mereka membayar.")))
    if faults:
        raise Invalid(faults)
    row = session.scalars(select(BillingSetting).with_for_update()).first()
    if row is None:
        row = BillingSetting(id=new_id())
        session.add(row)
    row.mode, row.unit_id, row.due_day, row.pay_at = mode, unit_id, due_day, pay_at.strip()
    record_audit(session, "water.billing_configured", subject_kind="water_billing_setting", data={"mode": mode})
    session.flush()
    return row
