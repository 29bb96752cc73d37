-- L13 求职与推荐: referrals made by T. A result that is dated after T is not known yet.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  i.wish AS wish, i.employer AS employer, i.trade AS trade, i.day AS referred,
  CASE WHEN i.result_day_n <= p.as_of_n THEN i.result ELSE 'open' END AS result,
  CASE WHEN i.result_day_n <= p.as_of_n THEN i.result_day ELSE '' END AS result_day,
  CASE WHEN i.result_day_n <= p.as_of_n THEN i.refusal ELSE '' END AS refusal,
  i.vacancy AS vacancy, i.referral AS referral
FROM counted c
CROSS JOIN param p
JOIN referral i ON i.unit = c.unit AND i.doc = c.doc
WHERE i.recorded_n <= p.known_n AND i.day_n <= p.as_of_n
