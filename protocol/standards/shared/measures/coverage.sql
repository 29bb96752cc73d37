-- coverage: dwellings that the street's register calls occupied at T: is there a complete valid card?
-- coverage_missing: communities without a dwelling register, of which nothing can be said.
-- rows: coverage coverage_missing
-- reasons: card_complete card_incomplete card_not_valid no_card no_dwelling_register
SELECT
  p.unit AS unit, 'coverage' AS part,
  CASE WHEN p.unit = p.member THEN d.dwelling ELSE p.member || '#' || d.dwelling END AS subject,
  CAST(CASE d.standing WHEN 3 THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE d.standing
    WHEN 3 THEN 'card_complete'
    WHEN 2 THEN 'card_incomplete'
    WHEN 1 THEN 'card_not_valid'
    ELSE 'no_card'
  END AS reason,
  d.doc AS ref
FROM pool p
JOIN dwelling_card d ON d.unit = p.member
UNION ALL
SELECT
  p.unit AS unit, 'coverage_missing' AS part, c.unit AS subject, CAST(0 AS BIGINT) AS hit,
  CAST(0 AS BIGINT) AS weight, 'no_dwelling_register' AS reason, c.doc AS ref
FROM pool p
JOIN (
  SELECT u.unit AS unit, MIN(u.doc) AS doc
  FROM unit u
  JOIN scope s ON s.unit = u.unit
  WHERE u.level = 'community'
  GROUP BY u.unit
) c ON c.unit = p.member
LEFT JOIN register_kept k ON k.unit = c.unit
WHERE k.unit IS NULL
