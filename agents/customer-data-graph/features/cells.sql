-- Each customer's cells up to the as-of day: how often, from when to when, and what was spent.
SELECT
  customer_no,
  location,
  channel,
  brand,
  COUNT(*) AS days,
  MIN(day_no) AS first_day,
  MAX(day_no) AS last_day,
  SUM(gross_minor) AS gross_minor,
  SUM(net_minor) AS net_minor
FROM day_cells
WHERE day_no <= $as_of_day
GROUP BY customer_no, location, channel, brand
ORDER BY customer_no, location, channel, brand
