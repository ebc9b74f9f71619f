-- Who referred whom, since when.
SELECT
  r.customer_no AS from_no,
  i.customer_no AS to_no,
  MIN(r.day_no) AS day_no
FROM referred r
JOIN identities i ON i.owner = r.owner
WHERE r.customer_no <> i.customer_no
GROUP BY r.customer_no, i.customer_no
ORDER BY r.customer_no, i.customer_no
