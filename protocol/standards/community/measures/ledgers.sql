-- ledgers: L02 to L17: is there at least one row, or a signed nil for the period, and do the identities hold
-- (who has an open placement is on L04; an open registration is status 2 and the other way round)?
-- rows: ledgers
-- reasons: ledger_kept ledger_nil ledger_empty ledger_disagrees
SELECT
  g.unit AS unit, 'ledgers' AS part, g.ledger AS subject,
  CAST(CASE WHEN g.wrong > 0 THEN 0 WHEN g.filled + g.nils > 0 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE
    WHEN g.wrong > 0 THEN 'ledger_disagrees'
    WHEN g.filled > 0 THEN 'ledger_kept'
    WHEN g.nils > 0 THEN 'ledger_nil'
    ELSE 'ledger_empty'
  END AS reason,
  g.unit AS ref
FROM (
  SELECT p.unit AS unit, l.ledger AS ledger, COALESCE(f.filled, 0) AS filled, COALESCE(f.wrong, 0) AS wrong,
    COALESCE(n.nils, 0) AS nils
  FROM pool p
  CROSS JOIN ledger_name l
  LEFT JOIN ledger_filled f ON f.unit = p.unit AND f.ledger = l.ledger
  LEFT JOIN ledger_signed n ON n.unit = p.unit AND n.ledger = l.ledger
  WHERE p.unit = p.member
) g
