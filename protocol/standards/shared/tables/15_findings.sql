-- prevailing: of the findings of the window on one check of one unit, the one that counts: that of the highest
-- stage, then of the latest day, then the smallest document. A sign-off is one check, whatever subject it names.
CREATE TEMP TABLE finding_rank AS
SELECT
  f.unit AS unit, f.item || '.' || f.part AS name,
  CASE WHEN f.part = 'sign_off' THEN 'sign_off' ELSE f.subject END AS subject, f.doc AS doc, f.hit AS hit,
  CASE f.stage WHEN 'city' THEN 3 WHEN 'district' THEN 2 WHEN 'street' THEN 1 ELSE 0 END * 100000000
    + f.day_n AS place
FROM finding f
JOIN scope s ON s.unit = f.unit
CROSS JOIN param p
WHERE f.day_n >= p.finding_from_n AND f.day_n <= p.finding_until_n;

CREATE TEMP TABLE finding_top AS
SELECT f.unit AS unit, f.name AS name, f.subject AS subject, MAX(f.place) AS place
FROM finding_rank f
GROUP BY f.unit, f.name, f.subject;

CREATE TEMP TABLE finding_doc AS
SELECT f.unit AS unit, f.name AS name, f.subject AS subject, MIN(f.doc) AS doc
FROM finding_rank f
JOIN finding_top t ON t.unit = f.unit AND t.name = f.name AND t.subject = f.subject AND t.place = f.place
GROUP BY f.unit, f.name, f.subject;

CREATE TEMP TABLE prevailing AS
SELECT f.unit AS unit, f.name AS name, f.subject AS subject, f.doc AS doc, MIN(f.hit) AS hit
FROM finding_rank f
JOIN finding_doc d ON d.unit = f.unit AND d.name = f.name AND d.subject = f.subject AND d.doc = f.doc
GROUP BY f.unit, f.name, f.subject, f.doc;
