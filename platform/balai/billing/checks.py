"""Does everything add up? Counted anew from every line, whatever the database has already refused."""

from dataclasses import dataclass

from balai.billing.queries import checks as proofs
from balai.db import TenantSession


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was proven (`wrong` is empty) or isn't so: up to 20 ids or numbers of what is wrong."""

    claim: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was counted, and each claim with what speaks against it."""

    transactions: int
    lines: int
    invoices: int
    payments: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether every claim holds."""
        return not any(finding.wrong for finding in self.findings)


def check_books(session: TenantSession) -> Checked:
    """Prove every claim about this region's books, within one snapshot when the session's transaction has one."""
    counted = proofs.sizes(session)
    if not any(counted):
        # Most regions keep no books: the doctor asks all of them, and there is nothing that could be wrong.
        return Checked(*counted, tuple(Finding(claim, ()) for claim in proofs.PROOFS))
    findings = tuple(Finding(claim, tuple(proofs.offenders(session, sql))) for claim, sql in proofs.PROOFS.items())
    return Checked(*counted, findings)
