-- L03 劳动力资源: people of working age at T, with what they can do and want.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  q.birth AS birth, q.education AS education, q.skills AS skills, l.ability AS ability, l.wish AS wish, l.status AS status
FROM labour l
JOIN counted c ON c.unit = l.unit AND c.doc = l.doc
JOIN person q ON q.unit = l.unit AND q.doc = l.doc
WHERE l.of_age = 1
