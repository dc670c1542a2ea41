"""The registry's part: what regions publish about themselves, and reading it across regions."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from balai.db import TenantSession


def publish(session: TenantSession, month: str, metric: str, rows: Sequence[tuple[str, int, int | None]]) -> None:
    """Put this region's (subject, value, people) in the place of what it told before; the function names the tenant itself."""
    session.execute(
        text(
            "SELECT registry.publish_figures(CAST(:subjects AS text[]), :month, :metric, CAST(:values AS numeric[]),"
            " CAST(:people AS int[]))"
        ),
        {
            "subjects": [r[0] for r in rows], "month": month, "metric": metric, "values": [r[1] for r in rows],
            "people": [r[2] for r in rows],
        },
    )  # fmt: skip


def published(session: Session, metric: str) -> Sequence[tuple[str, str, str, int]]:
    """(region code, name, subject, value) of every active region, by code. The registry holds nothing of a single person."""
    query = (
        "SELECT t.region_code, t.name, f.subject, f.value FROM registry.published_figure f"
        " JOIN registry.tenant t ON t.id = f.tenant_id WHERE f.metric = :metric AND t.status = 'active' AND t.kind = 'region'"
        ' ORDER BY t.region_code COLLATE "C", f.subject'
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in session.execute(text(query), {"metric": metric})]
