-- determined: by unit and ID number, the community that a covering hub has determined to count the person.
-- Only what was written to the unit itself is read, so that a unit's score follows from its own records and
-- oversight. The highest stage prevails, then the latest day, then the smallest document.
CREATE TEMP TABLE determination_rank AS
SELECT
  d.unit AS unit, d.id_no AS id_no, d.doc AS doc, d.counted_unit AS counted_unit, d.day_n AS day_n,
  CASE d.stage WHEN 'city' THEN 3 WHEN 'district' THEN 2 WHEN 'street' THEN 1 ELSE 0 END * 100000000
    + d.day_n AS place
FROM determination d
JOIN scope s ON s.unit = d.unit
CROSS JOIN param p
WHERE d.day_n <= p.finding_until_n;

CREATE TEMP TABLE determination_top AS
SELECT r.unit AS unit, r.id_no AS id_no, MAX(r.place) AS place
FROM determination_rank r
GROUP BY r.unit, r.id_no;

CREATE TEMP TABLE determination_doc AS
SELECT r.unit AS unit, r.id_no AS id_no, MIN(r.doc) AS doc
FROM determination_rank r
JOIN determination_top t ON t.unit = r.unit AND t.id_no = r.id_no AND t.place = r.place
GROUP BY r.unit, r.id_no;

CREATE TEMP TABLE determined AS
SELECT r.unit AS unit, r.id_no AS id_no, MIN(r.counted_unit) AS counted_unit, MIN(r.day_n) AS day_n
FROM determination_rank r
JOIN determination_doc o ON o.unit = r.unit AND o.id_no = r.id_no AND o.doc = r.doc
GROUP BY r.unit, r.id_no;
