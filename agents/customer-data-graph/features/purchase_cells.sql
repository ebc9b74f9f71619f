-- What each customer bought per day and cell, up to the end of the outcome window; before returns.
SELECT
  customer_no,
  day_no,
  location,
  channel,
  brand,
  CAST(SUM(amount_minor) AS BIGINT) AS gross_minor
FROM events
WHERE type = 'purchase' AND day_no <= $end_day
GROUP BY customer_no, day_no, location, channel, brand
