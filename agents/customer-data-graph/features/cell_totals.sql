-- Money per cell over all customers, before and after the as-of day.
SELECT
  location,
  channel,
  brand,
  SUM(CASE WHEN day_no <= $as_of_day THEN net_minor ELSE 0 END) AS net_minor,
  SUM(CASE WHEN day_no > $as_of_day THEN net_minor ELSE 0 END) AS outcome_minor
FROM day_cells
GROUP BY location, channel, brand
ORDER BY location, channel, brand
