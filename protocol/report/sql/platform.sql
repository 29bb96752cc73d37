-- Sites of the programme at T: streets and communities with an office and its equipment, and those that exchanged data
-- with their hub in the 30 days to T.
-- figures: sites sites_with_office sites_with_computer sites_with_printer sites_with_display sites_with_sign sites_with_board
-- figures: sites_linked
SELECT u.unit AS unit, 'sites' AS figure, CAST(1 AS BIGINT) AS value
FROM place u
WHERE u.programme = 1
UNION ALL
SELECT u.unit AS unit, 'sites_with_office' AS figure, CAST(1 AS BIGINT) AS value
FROM place u
CROSS JOIN param p
JOIN premises o ON o.unit = u.unit
WHERE u.programme = 1 AND o.start_n <= p.as_of_n AND o.end_n >= p.as_of_n AND o.recorded_n <= p.known_n
GROUP BY u.unit
UNION ALL
SELECT
  u.unit AS unit,
  CASE e.what
    WHEN 'computer' THEN 'sites_with_computer'
    WHEN 'printer' THEN 'sites_with_printer'
    WHEN 'display' THEN 'sites_with_display'
    WHEN 'sign' THEN 'sites_with_sign'
    ELSE 'sites_with_board'
  END AS figure,
  CAST(1 AS BIGINT) AS value
FROM place u
CROSS JOIN param p
JOIN equipment e ON e.unit = u.unit
WHERE u.programme = 1 AND e.what IN ('computer', 'printer', 'display', 'sign', 'board')
  AND e.start_n <= p.as_of_n AND e.end_n >= p.as_of_n AND e.recorded_n <= p.known_n
GROUP BY u.unit, e.what
UNION ALL
SELECT u.unit AS unit, 'sites_linked' AS figure, CAST(1 AS BIGINT) AS value
FROM place u
CROSS JOIN param p
JOIN exchange_day x ON x.unit = u.unit
JOIN recent_day d ON d.day = x.day
WHERE u.programme = 1 AND x.recorded_n <= p.known_n
GROUP BY u.unit
