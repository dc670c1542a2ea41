-- The guard over new lines of the ledger (migration 0015). BL001: not balanced, BL002: the period is closed.
DECLARE
  wrong text;
  region int;
BEGIN
  SELECT n.transaction_id::text INTO wrong
  FROM (SELECT tenant_id, transaction_id, sum(amount) AS total, count(*) AS lines, max(seq) AS last, min(booked_on) AS since,
          max(booked_on) AS until
        FROM made GROUP BY tenant_id, transaction_id) n
  WHERE n.total <> 0 OR n.last <> n.lines OR n.since <> n.until OR n.lines IS DISTINCT FROM (
    SELECT t.lines FROM public.ledger_transaction t
    WHERE t.tenant_id = n.tenant_id AND t.id = n.transaction_id AND t.booked_on = n.since) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'transaction % is not balanced, not whole or not known', wrong USING ERRCODE = 'BL001';
  END IF;
  SELECT n.account INTO wrong FROM (SELECT DISTINCT tenant_id, account FROM made) n
  LEFT JOIN public.ledger_account a ON a.tenant_id = n.tenant_id AND a.key = n.account WHERE a.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'there is no account %', wrong USING ERRCODE = 'BL001';
  END IF;
  -- Whoever closes a period holds this lock alone, so it sees all lines before it or they see the closing.
  FOR region IN SELECT DISTINCT tenant_id FROM made LOOP
    PERFORM pg_advisory_xact_lock_shared(7226515, region);
  END LOOP;
  SELECT n.booked_on::text INTO wrong FROM (SELECT DISTINCT tenant_id, booked_on FROM made) n
  WHERE n.booked_on <= (SELECT max(c.through) FROM public.ledger_closing c WHERE c.tenant_id = n.tenant_id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the books of % are closed', wrong USING ERRCODE = 'BL002';
  END IF;
  INSERT INTO public.billing_delta (tenant_id, kind, day, key, debit, credit, count)
  SELECT tenant_id, 'ledger', booked_on, account, sum(greatest(amount, 0)), sum(greatest(-amount, 0)), count(*)
  FROM made GROUP BY tenant_id, booked_on, account;
  RETURN NULL;
END
