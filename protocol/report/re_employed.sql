-- Distinct people who began to work from the day `?3` to the day `?4`, as recorded by the day `?5`, in the programme's
-- communities that the path pattern `?1` or the path `?2` names: each once, however often, by the ID number where it is
-- valid. Whoever was at work, at school or anything else just before was not out of work.
SELECT COUNT(DISTINCT CASE WHEN q.id_valid = 1 THEN q.id_no ELSE q.doc END)
FROM placement w
JOIN unit u ON u.unit = w.unit AND u.programme = 1 AND u.level = 'community'
JOIN person q ON q.unit = w.unit AND q.doc = w.doc
JOIN episode e ON e.unit = w.unit AND e.doc = w.doc
WHERE (w.unit LIKE ?1 OR w.unit = ?2) AND w.start_n >= ?3 AND w.start_n <= ?4 AND w.recorded_n <= ?5
  AND e.dimension = 'status' AND e.code IN ('2', '3', '4') AND e.start_n < w.start_n AND e.recorded_n <= ?5
  AND NOT EXISTS (
    SELECT 1 FROM episode f
    WHERE f.unit = e.unit AND f.doc = e.doc AND f.dimension = 'status' AND f.code NOT IN ('2', '3', '4')
      AND f.start_n > e.start_n AND f.start_n < w.start_n
  )
