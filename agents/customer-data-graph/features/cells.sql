-- Each customer's cells up to the as-of day. whole_days counts the days spent in this cell alone; see split_days.
SELECT
  c.customer_no,
  c.location,
  c.channel,
  c.brand,
  SUM(CASE WHEN d.cell_count = 1 THEN 1 ELSE 0 END) AS whole_days,
  SUM(c.gross_minor) AS gross_minor,
  SUM(c.net_minor) AS net_minor
FROM day_cells c
JOIN days d ON d.customer_no = c.customer_no AND d.day_no = c.day_no
WHERE c.day_no <= $as_of_day
GROUP BY c.customer_no, c.location, c.channel, c.brand
ORDER BY c.customer_no, c.location, c.channel, c.brand
