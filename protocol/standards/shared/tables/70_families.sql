-- Joins are written as CROSS JOIN where SQLite, which keeps their order, would else begin with everybody.
-- Families by date, of people whom the community counts. A member is out of work on the days of a status episode 2, 3 or 4 that lie in the working
-- age, and employed on the days of a status episode 1 or of a placement.
CREATE TEMP TABLE out_span AS
SELECT
  m.unit AS unit, m.card AS family, m.person AS person, e.recorded_n AS recorded_n,
  CASE WHEN e.start_n < r.work_from_n THEN r.work_from_n ELSE e.start_n END AS start_n,
  CASE WHEN e.end_n > r.work_until_n THEN r.work_until_n ELSE e.end_n END AS end_n
FROM spell e
CROSS JOIN param p
CROSS JOIN responsible r
CROSS JOIN on_card m
WHERE e.dimension = 'status' AND e.code IN ('2', '3', '4') AND r.unit = e.unit AND r.doc = e.doc
  AND e.start_n <= r.work_until_n AND e.end_n >= r.work_from_n AND m.unit = e.unit AND m.person = e.doc
  AND m.kind = '1' AND m.recorded_n <= p.close_n;

CREATE TEMP TABLE out_family AS
SELECT o.unit AS unit, o.family AS family FROM out_span o GROUP BY o.unit, o.family;

CREATE TEMP TABLE work_span AS
SELECT m.unit AS unit, m.card AS family, e.start_n AS start_n, e.end_n AS end_n, 0 AS proved
FROM out_family f
CROSS JOIN on_card m
CROSS JOIN spell e
WHERE m.unit = f.unit AND m.card = f.family AND e.unit = m.unit AND e.doc = m.person
  AND e.dimension = 'status' AND e.code = '1'
UNION ALL
SELECT
  m.unit AS unit, m.card AS family, q.start_n AS start_n, q.end_n AS end_n,
  CASE WHEN q.evidence <> '' THEN 1 ELSE 0 END AS proved
FROM out_family f
CROSS JOIN param p
CROSS JOIN on_card m
CROSS JOIN placement q
WHERE m.unit = f.unit AND m.card = f.family AND q.unit = m.unit AND q.doc = m.person
  AND q.start_n <= p.as_of_n AND q.recorded_n <= p.close_n;

-- exposed: families that no one span of work covers from the first day out of work to the last. Others are never tagged.
CREATE TEMP TABLE out_whole AS
SELECT o.unit AS unit, o.family AS family, MIN(o.start_n) AS start_n,
  MAX(CASE WHEN o.end_n > p.as_of_n THEN p.as_of_n ELSE o.end_n END) AS end_n
FROM out_span o
CROSS JOIN param p
GROUP BY o.unit, o.family;

CREATE TEMP TABLE exposed AS
SELECT o.unit AS unit, o.family AS family
FROM out_whole o
LEFT JOIN work_span w ON w.unit = o.unit AND w.family = o.family AND w.start_n <= o.start_n AND w.end_n >= o.end_n
WHERE w.family IS NULL;

-- The tag changes only on days on which someone loses, finds or gives up work or may no longer be asked to.
-- On each of those days, and on the day before: is anyone able and willing out of work and nobody employed?
CREATE TEMP TABLE change_any AS
SELECT f.unit AS unit, f.family AS family, o.start_n AS day_n
FROM exposed f
JOIN out_span o ON o.unit = f.unit AND o.family = f.family
UNION
SELECT f.unit AS unit, f.family AS family, o.end_n + 1 AS day_n
FROM exposed f
JOIN out_span o ON o.unit = f.unit AND o.family = f.family
UNION
SELECT f.unit AS unit, f.family AS family, w.start_n AS day_n
FROM exposed f
JOIN work_span w ON w.unit = f.unit AND w.family = f.family
UNION
SELECT f.unit AS unit, f.family AS family, w.end_n + 1 AS day_n
FROM exposed f
JOIN work_span w ON w.unit = f.unit AND w.family = f.family
UNION
SELECT f.unit AS unit, f.family AS family, x.start_n AS day_n
FROM exposed f
JOIN out_span o ON o.unit = f.unit AND o.family = f.family
JOIN exit_span x ON x.unit = o.unit AND x.doc = o.person
UNION
SELECT f.unit AS unit, f.family AS family, x.end_n + 1 AS day_n
FROM exposed f
JOIN out_span o ON o.unit = f.unit AND o.family = f.family
JOIN exit_span x ON x.unit = o.unit AND x.doc = o.person;

CREATE TEMP TABLE change_day AS
SELECT c.unit AS unit, c.family AS family, c.day_n AS day_n
FROM change_any c
CROSS JOIN param p
WHERE c.day_n <= p.as_of_n;

CREATE TEMP TABLE probe_day AS
SELECT d.unit AS unit, d.family AS family, d.day_n AS day_n FROM change_day d
UNION
SELECT d.unit AS unit, d.family AS family, d.day_n - 1 AS day_n FROM change_day d;

-- tagged_day: probes on which the family is a zero-employment one, and when that was first recorded.
CREATE TEMP TABLE available_day AS
SELECT d.unit AS unit, d.family AS family, d.day_n AS day_n, o.person AS person, MIN(o.recorded_n) AS recorded_n
FROM probe_day d
JOIN out_span o ON o.unit = d.unit AND o.family = d.family AND o.start_n <= d.day_n AND o.end_n >= d.day_n
LEFT JOIN exit_span x
  ON x.unit = o.unit AND x.doc = o.person AND x.start_n <= d.day_n AND x.end_n >= d.day_n
WHERE x.doc IS NULL
GROUP BY d.unit, d.family, d.day_n, o.person;

CREATE TEMP TABLE tagged_day AS
SELECT a.unit AS unit, a.family AS family, a.day_n AS day_n, MIN(a.recorded_n) AS recorded_n
FROM available_day a
LEFT JOIN work_span w
  ON w.unit = a.unit AND w.family = a.family AND w.start_n <= a.day_n AND w.end_n >= a.day_n
WHERE w.family IS NULL
GROUP BY a.unit, a.family, a.day_n;

-- zero_family: each time that a family became a zero-employment one. end_n is the last day of the tag (open:
-- 99999999), due_n day 30 after the later of onset and recording. worked: someone began to work by due_n;
-- cleared: with evidence.
CREATE TEMP TABLE zero_onset AS
SELECT
  t.unit AS unit, t.family AS family, t.day_n AS onset_n,
  CASE WHEN t.recorded_n > t.day_n THEN t.recorded_n ELSE t.day_n END + 30 AS due_n
FROM change_day d
JOIN tagged_day t ON t.unit = d.unit AND t.family = d.family AND t.day_n = d.day_n
LEFT JOIN tagged_day b ON b.unit = d.unit AND b.family = d.family AND b.day_n = d.day_n - 1
WHERE b.family IS NULL;

CREATE TEMP TABLE untagged_day AS
SELECT d.unit AS unit, d.family AS family, d.day_n AS day_n
FROM change_day d
LEFT JOIN tagged_day t ON t.unit = d.unit AND t.family = d.family AND t.day_n = d.day_n
WHERE t.family IS NULL;

CREATE TEMP TABLE zero_end AS
SELECT z.unit AS unit, z.family AS family, z.onset_n AS onset_n, MIN(u.day_n) - 1 AS end_n
FROM zero_onset z
JOIN untagged_day u ON u.unit = z.unit AND u.family = z.family AND u.day_n > z.onset_n
GROUP BY z.unit, z.family, z.onset_n;

CREATE TEMP TABLE zero_work AS
SELECT z.unit AS unit, z.family AS family, z.onset_n AS onset_n, MAX(w.proved) AS proved
FROM zero_onset z
JOIN work_span w ON w.unit = z.unit AND w.family = z.family
WHERE w.start_n > z.onset_n AND w.start_n <= z.due_n
GROUP BY z.unit, z.family, z.onset_n;

CREATE TEMP TABLE zero_family AS
SELECT
  z.unit AS unit, z.family AS family, z.onset_n AS onset_n, z.due_n AS due_n,
  COALESCE(e.end_n, 99999999) AS end_n,
  CASE WHEN w.family IS NULL THEN 0 ELSE 1 END AS worked,
  COALESCE(w.proved, 0) AS cleared
FROM zero_onset z
LEFT JOIN zero_end e ON e.unit = z.unit AND e.family = z.family AND e.onset_n = z.onset_n
LEFT JOIN zero_work w ON w.unit = z.unit AND w.family = z.family AND w.onset_n = z.onset_n;

-- both_out: families of which head and spouse were out of work on the same day of the period. Three spans of
-- days that meet in pairs have a day in common.
CREATE TEMP TABLE both_out AS
SELECT h.unit AS unit, h.doc AS family, h.head AS head, m.person AS spouse
FROM household h
JOIN out_family f ON f.unit = h.unit AND f.family = h.doc
CROSS JOIN param p
JOIN member m ON m.unit = h.unit AND m.doc = h.doc
JOIN out_span a ON a.unit = h.unit AND a.family = h.doc AND a.person = h.head
JOIN out_span b ON b.unit = h.unit AND b.family = h.doc AND b.person = m.person
WHERE m.relation IN ('10', '11', '12') AND m.person <> h.head
  AND a.start_n <= b.end_n AND b.start_n <= a.end_n
  AND a.end_n >= p.start_n AND b.end_n >= p.start_n
GROUP BY h.unit, h.doc, h.head, m.person;
