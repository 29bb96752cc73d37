-- work_known: of the people asked for, the placements that had begun by T, as known at K. ended: the last day, where it is known and not after T.
-- work_at: of each person the placement that was open at T, the latest where several were.
CREATE TEMP TABLE work_known AS
SELECT
  q.unit AS unit, q.doc AS doc, q.placement AS placement, q.start AS since, q.start_n AS start_n,
  CASE WHEN q.end_recorded_n <= p.known_n THEN q.end_n ELSE 99999999 END AS end_n,
  CASE WHEN q.end_recorded_n <= p.known_n AND q.end_n <= p.as_of_n THEN q.end ELSE '' END AS ended,
  CASE WHEN q.end_recorded_n <= p.known_n AND q.end_n <= p.as_of_n THEN q.end_reason ELSE '' END AS end_reason,
  q.form AS form, q.employer AS employer, q.pay AS pay, q.evidence AS evidence, q.evidence_ref AS evidence_ref,
  q.work AS work, q.place AS place, q.insured AS insured
FROM asked r
CROSS JOIN param p
JOIN placement q ON q.unit = r.unit AND q.doc = r.doc
WHERE q.recorded_n <= p.known_n AND q.start_n <= p.as_of_n;

CREATE TEMP TABLE work_latest AS
SELECT q.unit AS unit, q.doc AS doc, MAX(q.start_n) AS start_n
FROM work_known q
CROSS JOIN param p
WHERE q.end_n >= p.as_of_n
GROUP BY q.unit, q.doc;

CREATE TEMP TABLE work_chosen AS
SELECT q.unit AS unit, q.doc AS doc, MIN(q.placement) AS placement
FROM work_latest l
CROSS JOIN param p
JOIN work_known q ON q.unit = l.unit AND q.doc = l.doc AND q.start_n = l.start_n
WHERE q.end_n >= p.as_of_n
GROUP BY q.unit, q.doc;

CREATE TEMP TABLE work_at AS
SELECT
  q.unit AS unit, q.doc AS doc, q.since AS since, q.form AS form, q.employer AS employer, q.evidence AS evidence,
  q.work AS work, q.place AS place, q.insured AS insured
FROM work_chosen c
JOIN work_known q ON q.unit = c.unit AND q.doc = c.doc AND q.placement = c.placement;
