-- short_placement: placements that were open at T and ended within the days after it, as known by now.
-- reasons: ended_soon_after
SELECT
  r.unit AS unit, 'short_placement' AS trap, r.doc AS subject, 'serious' AS severity, 'ended_soon_after' AS reason,
  q.placement AS ref
FROM placement q
JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
CROSS JOIN param p
JOIN threshold t ON t.name = 'placement_days'
WHERE q.start_n <= p.as_of_n AND q.end_n >= p.as_of_n AND q.end_n < p.as_of_n + t.value
  AND q.recorded_n <= p.known_n AND q.end_recorded_n <= p.known_n
