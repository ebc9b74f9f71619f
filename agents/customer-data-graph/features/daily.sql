-- One row per day with a purchase, outcome window included.
SELECT
  day_no,
  COUNT(*) AS baskets,
  SUM(CASE WHEN day_no > first_day THEN 1 ELSE 0 END) AS repeat_baskets,
  SUM(CASE WHEN day_no = first_day THEN 1 ELSE 0 END) AS new_customers,
  SUM(net_minor) AS net_minor
FROM days
GROUP BY day_no
ORDER BY day_no
