-- How units were looked at and what residents said, in the period and up to K.
-- figures: supervision_visits people_sampled answers answers_satisfied complaints complaints_upheld exemplars conflicts
SELECT s.unit AS unit, 'supervision_visits' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN supervision v ON v.unit = s.unit
WHERE v.day_n >= p.start_n AND v.day_n <= p.as_of_n AND v.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'people_sampled' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN sample_check c ON c.unit = s.unit
JOIN sample_subject q ON q.unit = c.unit AND q.doc = c.doc
WHERE c.day_n >= p.start_n AND c.day_n <= p.close_n AND q.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'answers' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN survey_answer a ON a.unit = s.unit
WHERE a.score > 0 AND a.day_n >= p.start_n AND a.day_n <= p.close_n AND a.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'answers_satisfied' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN survey_answer a ON a.unit = s.unit
WHERE a.score >= 4 AND a.day_n >= p.start_n AND a.day_n <= p.close_n AND a.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'complaints' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN complaint c ON c.unit = s.unit
WHERE c.day_n >= p.start_n AND c.day_n <= p.as_of_n AND c.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'complaints_upheld' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN complaint c ON c.unit = s.unit
WHERE c.result = 'upheld' AND c.day_n >= p.start_n AND c.day_n <= p.as_of_n AND c.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'exemplars' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN publicity x ON x.unit = s.unit
WHERE x.kind = 'exemplar' AND x.day_n >= p.start_n AND x.day_n <= p.as_of_n AND x.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'conflicts' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN conflict c ON c.unit = s.unit
WHERE c.since_n <= p.known_n
GROUP BY s.unit
