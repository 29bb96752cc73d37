-- move_open: moves that were offered by T and that nobody has answered. A warning once the days for answering are over.
-- reasons: unanswered overdue
SELECT
  o.unit AS unit, 'move_open' AS trap, o.person AS subject,
  CASE WHEN p.as_of_n - o.day_n > t.value THEN 'warning' ELSE 'notice' END AS severity,
  CASE WHEN p.as_of_n - o.day_n > t.value THEN 'overdue' ELSE 'unanswered' END AS reason, o.doc AS ref
FROM move_offer o
JOIN scope s ON s.unit = o.unit
CROSS JOIN param p
JOIN threshold t ON t.name = 'move_days'
LEFT JOIN move_answer a ON a.offer = o.doc AND a.recorded_n <= p.known_n
WHERE o.unit = o.from_unit AND o.day_n <= p.as_of_n AND o.recorded_n <= p.known_n AND a.offer IS NULL
