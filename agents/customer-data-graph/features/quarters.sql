-- Purchase days of each customer per quarter of the year.
SELECT
  d.customer_no,
  q.quarter,
  COUNT(*) AS baskets
FROM days d
JOIN calendar q ON q.day_no = d.day_no
WHERE d.day_no <= $as_of_day
GROUP BY d.customer_no, q.quarter
ORDER BY d.customer_no, q.quarter
