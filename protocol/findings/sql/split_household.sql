-- split_household: cards that were split off within the days around the one on which either household became a
-- zero-employment one.
-- reasons: split_at_onset
SELECT
  h.unit AS unit, 'split_household' AS trap, h.doc AS subject, 'warning' AS severity, 'split_at_onset' AS reason,
  h.split_from AS ref
FROM (
  SELECT c.unit AS unit, c.doc AS doc, c.split_from AS split_from, c.opened_n AS opened_n, c.doc AS family
  FROM household c
  JOIN scope s ON s.unit = c.unit
  WHERE c.split_from <> '' AND c.opened <> ''
  UNION ALL
  SELECT c.unit AS unit, c.doc AS doc, c.split_from AS split_from, c.opened_n AS opened_n, c.split_from AS family
  FROM household c
  JOIN scope s ON s.unit = c.unit
  WHERE c.split_from <> '' AND c.opened <> ''
) h
CROSS JOIN param p
JOIN threshold t ON t.name = 'split_days'
JOIN zero_family z ON z.unit = h.unit AND z.family = h.family
WHERE h.opened_n <= p.as_of_n AND h.opened_n >= z.onset_n - t.value AND h.opened_n <= z.onset_n + t.value
GROUP BY h.unit, h.doc, h.split_from
