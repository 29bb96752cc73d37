-- uncertified: people out of work who look eligible for help in hardship and have no certification in the period.
-- reasons: looks_eligible
SELECT
  e.unit AS unit, 'uncertified' AS trap, e.doc AS subject, 'warning' AS severity, 'looks_eligible' AS reason,
  e.doc AS ref
FROM looks_eligible e
