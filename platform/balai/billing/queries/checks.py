"""Counts everything anew: what the check command and page ask. Each statement answers what is wrong."""

from typing import Any, Final

from balai.db import TenantSession, driver

_T: Final = "%(tenant)s"
# name of what is proven -> statement that answers offenders (one text each)
PROOFS: Final[dict[str, str]] = {
    "every transaction sums to zero": f"""
        SELECT transaction_id::text FROM ledger_line WHERE tenant_id = {_T} GROUP BY transaction_id HAVING sum(amount) <> 0""",
    "every transaction is whole": f"""
        SELECT t.id::text FROM ledger_transaction t LEFT JOIN (
          SELECT transaction_id, count(*) AS lines, min(booked_on) AS since, max(booked_on) AS until
          FROM ledger_line WHERE tenant_id = {_T} GROUP BY transaction_id) l ON l.transaction_id = t.id
        WHERE t.tenant_id = {_T} AND (l.lines, l.since, l.until) IS DISTINCT FROM (t.lines::bigint, t.booked_on, t.booked_on)""",
    "the whole ledger sums to zero": f"""
        SELECT sum(amount)::text FROM ledger_line WHERE tenant_id = {_T} HAVING COALESCE(sum(amount), 0) <> 0""",
    "roll-ups agree with the lines": f"""
        SELECT COALESCE(a.day, b.day)::text || ' ' || COALESCE(a.key, b.key) FROM (
          SELECT booked_on AS day, account AS key, sum(greatest(amount, 0)) AS debit, sum(greatest(-amount, 0)) AS credit,
            count(*) AS count
          FROM ledger_line WHERE tenant_id = {_T} GROUP BY 1, 2) a
        FULL JOIN (SELECT day, key, sum(debit) AS debit, sum(credit) AS credit, sum(count) AS count FROM (
            SELECT day, key, debit, credit, count FROM billing_figure WHERE tenant_id = {_T} AND kind = 'ledger' UNION ALL
            SELECT day, key, debit, credit, count FROM billing_delta WHERE tenant_id = {_T} AND kind = 'ledger') f
          GROUP BY 1, 2) b ON a.day = b.day AND a.key = b.key
        WHERE (a.debit, a.credit, a.count) IS DISTINCT FROM (b.debit, b.credit, b.count)
          AND COALESCE(b.debit, 1) + COALESCE(b.credit, 1) <> 0""",
    "what invoices owe agrees with its roll-up": f"""
        SELECT COALESCE(a.day, b.day)::text || ' ' || COALESCE(a.key, b.key) FROM (
          SELECT next_due_on AS day, series AS key, sum(outstanding) AS sum, count(*) AS count FROM invoice
          WHERE tenant_id = {_T} AND outstanding <> 0 GROUP BY 1, 2) a
        FULL JOIN (SELECT day, key, sum(debit) AS sum, sum(count) AS count FROM (
            SELECT day, key, debit, count FROM billing_figure WHERE tenant_id = {_T} AND kind = 'receivable' UNION ALL
            SELECT day, key, debit, count FROM billing_delta WHERE tenant_id = {_T} AND kind = 'receivable') f
          GROUP BY 1, 2 HAVING sum(debit) <> 0 OR sum(count) <> 0) b ON a.day = b.day AND a.key = b.key
        WHERE (a.sum, a.count) IS DISTINCT FROM (b.sum, b.count)""",
    "what each invoice owes stands in the ledger": f"""
        SELECT i.series || '-' || i.year || '-' || i.serial FROM invoice i LEFT JOIN (
          SELECT subject_id, sum(amount) AS sum FROM ledger_line WHERE tenant_id = {_T} AND account = 'piutang'
          GROUP BY subject_id) l ON l.subject_id = i.id
        WHERE i.tenant_id = {_T} AND COALESCE(l.sum, 0) <> i.outstanding""",
    "what paid each invoice is allocated to it": f"""
        SELECT i.series || '-' || i.year || '-' || i.serial FROM invoice i LEFT JOIN (
          SELECT invoice_id, sum(amount) AS sum FROM payment_allocation WHERE tenant_id = {_T} GROUP BY invoice_id) a
          ON a.invoice_id = i.id
        WHERE i.tenant_id = {_T} AND COALESCE(a.sum, 0) <> i.applied""",
    "what each payment paid is allocated": f"""
        SELECT p.id::text FROM payment p LEFT JOIN (
          SELECT payment_id, sum(amount) AS sum FROM payment_allocation WHERE tenant_id = {_T} GROUP BY payment_id) a
          ON a.payment_id = p.id
        WHERE p.tenant_id = {_T} AND COALESCE(a.sum, 0) <> p.applied""",
    "what is kept of each payment stands in the ledger": f"""
        SELECT p.id::text FROM payment p LEFT JOIN (
          SELECT subject_id, -sum(amount) FILTER (WHERE account = 'titipan') AS held,
            -sum(amount) FILTER (WHERE account = 'belum_dikenali') AS unmatched
          FROM ledger_line WHERE tenant_id = {_T} AND account IN ('titipan', 'belum_dikenali') GROUP BY subject_id) l
          ON l.subject_id = p.id
        WHERE p.tenant_id = {_T} AND (COALESCE(l.held, 0), COALESCE(l.unmatched, 0)) <> (p.held, p.unmatched)""",
    "what is to be given back stands in the ledger": f"""
        SELECT r.id::text FROM payment_refund r LEFT JOIN (
          SELECT subject_id, -sum(amount) AS sum FROM ledger_line WHERE tenant_id = {_T} AND account = 'utang_pengembalian'
          GROUP BY subject_id) l ON l.subject_id = r.id
        WHERE r.tenant_id = {_T} AND COALESCE(l.sum, 0) <> CASE WHEN r.state = 'owed' THEN r.amount ELSE 0 END""",
    "numbers have no gaps": f"""
        SELECT COALESCE(s.series || '-' || s.year, i.series || '-' || i.year) FROM (
          SELECT series, year, last FROM invoice_series WHERE tenant_id = {_T}) s
        FULL JOIN (SELECT series, year, count(*) AS count, max(serial) AS last FROM invoice WHERE tenant_id = {_T}
          GROUP BY series, year) i ON i.series = s.series AND i.year = s.year
        WHERE i.count IS DISTINCT FROM s.last OR i.last IS DISTINCT FROM s.last""",
    "nothing was booked after its period was closed": f"""
        SELECT t.id::text FROM ledger_transaction t WHERE t.tenant_id = {_T} AND EXISTS (
          SELECT FROM ledger_closing c WHERE c.tenant_id = {_T} AND c.through >= t.booked_on AND c.at < t.recorded_at)""",
}
_SIZE = """
SELECT (SELECT count(*) FROM ledger_transaction WHERE tenant_id = %(tenant)s),
  (SELECT count(*) FROM ledger_line WHERE tenant_id = %(tenant)s), (SELECT count(*) FROM invoice WHERE tenant_id = %(tenant)s),
  (SELECT count(*) FROM payment WHERE tenant_id = %(tenant)s)
"""
MOST: Final = 20


def offenders(session: TenantSession, statement: str) -> list[str]:
    """Up to MOST of what a proof finds wrong."""
    session.flush()
    rows = driver(session).execute(f"SELECT * FROM ({statement}) o LIMIT {MOST}", {"tenant": session.tenant_id})
    return [str(row[0]) for row in rows]


def sizes(session: TenantSession) -> tuple[int, int, int, int]:
    """How many transactions, lines, invoices, payments there are."""
    row: Any = driver(session).execute(_SIZE, {"tenant": session.tenant_id}).fetchone()
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])
