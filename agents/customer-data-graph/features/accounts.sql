-- Frequency, recency, age and money of each customer, and what followed in the outcome window.
SELECT
  customer_no,
  first_day,
  MAX(CASE WHEN day_no <= $as_of_day THEN day_no ELSE first_day END) AS last_day,
  SUM(CASE WHEN day_no <= $as_of_day THEN 1 ELSE 0 END) AS baskets,
  SUM(CASE WHEN day_no <= $as_of_day THEN net_minor ELSE 0 END) AS total_minor,
  SUM(CASE WHEN day_no <= $as_of_day AND day_no > first_day THEN net_minor ELSE 0 END) AS repeat_minor,
  SUM(CASE WHEN day_no > $as_of_day THEN 1 ELSE 0 END) AS outcome_baskets,
  SUM(CASE WHEN day_no > $as_of_day THEN net_minor ELSE 0 END) AS outcome_minor
FROM days
GROUP BY customer_no, first_day
ORDER BY customer_no
