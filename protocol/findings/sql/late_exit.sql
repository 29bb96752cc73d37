-- late_exit: people who left the labour force, or no longer wished to work, in the last days before T.
-- reasons: exit_before_t no_wish_before_t
SELECT
  r.unit AS unit, 'late_exit' AS trap, r.doc AS subject, 'notice' AS severity,
  CASE WHEN MAX(CASE WHEN e.dimension = 'wish' OR e.code = '8' THEN 1 ELSE 0 END) = 1
    THEN 'no_wish_before_t' ELSE 'exit_before_t' END AS reason,
  MIN(e.episode) AS ref
FROM episode e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
CROSS JOIN param p
JOIN threshold t ON t.name = 'exit_days'
WHERE e.start_n > p.as_of_n - t.value AND e.start_n <= p.as_of_n AND e.end_n >= p.as_of_n
  AND e.recorded_n <= p.known_n
  AND (
    (e.dimension = 'status' AND e.code IN ('5', '6', '7', '8', '9', '10'))
    OR (e.dimension = 'status' AND e.reason IN ('21', '22', '23', '24', '25', '26', '27'))
    OR (e.dimension = 'ability' AND e.code = '3')
    OR (e.dimension = 'wish' AND e.code = '2')
  )
GROUP BY r.unit, r.doc
