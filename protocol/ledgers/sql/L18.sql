-- L18 投诉与评议: complaints and assessments made by T, and surveys begun by T with how many answered by then and how many of them
-- gave 4 or 5 of 5.
SELECT
  i.unit AS unit, u.community AS community, i.doc AS doc, i.day AS day, i.kind AS kind, i.what AS what,
  CASE WHEN i.result_day_n <= p.as_of_n THEN i.result ELSE 'open' END AS result,
  CASE WHEN i.result_day_n <= p.as_of_n THEN i.result_day ELSE '' END AS result_day,
  0 AS answers, 0 AS satisfied, i.note AS note
FROM complaint i
JOIN unit_name u ON u.unit = i.unit
CROSS JOIN param p
WHERE i.recorded_n <= p.known_n AND i.day_n <= p.as_of_n
UNION ALL
SELECT
  i.unit AS unit, u.community AS community, i.doc AS doc, i.day AS day, 'survey' AS kind, i.made_by AS what, '' AS result,
  '' AS result_day, COALESCE(a.answers, 0) AS answers, COALESCE(a.satisfied, 0) AS satisfied, '' AS note
FROM survey i
JOIN unit_name u ON u.unit = i.unit
CROSS JOIN param p
LEFT JOIN (
  SELECT
    a.unit AS unit, a.doc AS doc, COUNT(a.token) AS answers,
    CAST(SUM(CASE WHEN a.score >= 4 THEN 1 ELSE 0 END) AS BIGINT) AS satisfied
  FROM survey_answer a
  JOIN scope s ON s.unit = a.unit
  CROSS JOIN param p
  WHERE a.recorded_n <= p.known_n AND a.day_n <= p.as_of_n
  GROUP BY a.unit, a.doc
) a ON a.unit = i.unit AND a.doc = i.doc
WHERE i.recorded_n <= p.known_n AND i.day_n <= p.as_of_n
