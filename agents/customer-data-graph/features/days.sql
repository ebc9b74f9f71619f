-- Purchase occasions: a customer's day with at least one purchase.
SELECT
  customer_no,
  first_day,
  day_no,
  COUNT(*) AS cell_count,
  CAST(SUM(net_minor) AS BIGINT) AS net_minor
FROM day_cells
GROUP BY customer_no, first_day, day_no
