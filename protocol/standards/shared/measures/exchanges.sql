-- exchange: the working days of the period, less outages of the hub: were data exchanged? A street has its own
-- days and those of its communities.
-- rows: exchange
-- reasons: exchanged not_exchanged
SELECT
  p.unit AS unit, 'exchange' AS part,
  CASE WHEN p.unit = p.member THEN d.day ELSE p.member || '#' || d.day END AS subject,
  CAST(d.made AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE d.made WHEN 1 THEN 'exchanged' ELSE 'not_exchanged' END AS reason,
  p.member AS ref
FROM pool p
JOIN exchange_due d ON d.unit = p.member
