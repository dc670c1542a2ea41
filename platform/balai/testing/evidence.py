"""Facts in tests: wait until no transaction that runs beside holds the roll-up's horizon back."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from balai.db import TenantSession

_PATIENCE = 20.0


def rolled_up(session: "TenantSession") -> None:
    """Commit, wait for older transactions to end, roll up and commit: the facts then hold everything."""
    from sqlalchemy import text

    from balai.evidence.facts import queries, roll_up

    session.commit()
    mine = int(session.execute(text("SELECT (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint")).scalar_one())
    session.rollback()
    end = time.monotonic() + _PATIENCE
    while queries.horizon(session) < mine:
        session.rollback()
        assert time.monotonic() < end, "a transaction beside this test doesn't end"
        time.sleep(0.02)
    session.rollback()
    roll_up(session)
    session.commit()
