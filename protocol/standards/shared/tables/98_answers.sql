-- sample_counts: of the samples of the window on one item of one unit, the one that counts, as with findings:
-- that of the highest stage, then of the latest day, then the smallest document.
CREATE TEMP TABLE sample_rank AS
SELECT k.unit AS unit, k.item AS item, k.doc AS doc, k.size AS size,
  CASE k.stage WHEN 'city' THEN 3 WHEN 'district' THEN 2 WHEN 'street' THEN 1 ELSE 0 END * 100000000
    + k.day_n AS place
FROM sample_check k
JOIN scope s ON s.unit = k.unit
CROSS JOIN param p
WHERE k.day_n >= p.finding_from_n AND k.day_n <= p.finding_until_n;

CREATE TEMP TABLE sample_top AS
SELECT k.unit AS unit, k.item AS item, MAX(k.place) AS place
FROM sample_rank k
GROUP BY k.unit, k.item;

CREATE TEMP TABLE sample_counts AS
SELECT k.unit AS unit, k.item AS item, MIN(k.doc) AS doc
FROM sample_rank k
JOIN sample_top t ON t.unit = k.unit AND t.item = k.item AND t.place = k.place
GROUP BY k.unit, k.item;

-- sampled: the subjects of these samples that were looked at.
CREATE TEMP TABLE sampled AS
SELECT k.unit AS unit, k.item AS item, q.subject AS subject, q.doc AS doc, MIN(q.compared) AS compared,
  MIN(CASE WHEN q.agreed > q.compared THEN q.compared ELSE q.agreed END) AS agreed
FROM sample_counts k
JOIN sample_subject q ON q.unit = k.unit AND q.doc = k.doc
WHERE q.compared > 0
GROUP BY k.unit, k.item, q.subject, q.doc;

CREATE TEMP TABLE sample_size AS
SELECT q.unit AS unit, q.item AS item, COUNT(*) AS people
FROM sampled q
GROUP BY q.unit, q.item;

-- people_counted: how many people there are, less those who died or emigrated; cards are not looked at.
CREATE TEMP TABLE people_counted AS
SELECT k.unit AS unit, COUNT(*) AS people
FROM (
  SELECT r.unit AS unit, r.person_key AS person_key
  FROM responsible r
  LEFT JOIN gone g ON g.unit = r.unit AND g.person_key = r.person_key
  WHERE g.person_key IS NULL
  GROUP BY r.unit, r.person_key
) k
GROUP BY k.unit;

-- answer: the answers of residents in the window, each under its survey's document and token.
CREATE TEMP TABLE answer AS
SELECT a.unit AS unit, a.doc || '/' || a.token AS subject, a.doc AS doc, MIN(a.score) AS score,
  MAX(a.out_of_work) AS out_of_work
FROM survey_answer a
JOIN survey v ON v.unit = a.unit AND v.doc = a.doc
JOIN scope s ON s.unit = a.unit
CROSS JOIN param p
WHERE a.score > 0 AND v.day_n >= p.finding_from_n AND v.day_n <= p.finding_until_n
GROUP BY a.unit, a.doc, a.token;

CREATE TEMP TABLE answers_of AS
SELECT a.unit AS unit, COUNT(*) AS answers, CAST(SUM(a.out_of_work) AS BIGINT) AS out_of_work
FROM answer a
GROUP BY a.unit;
