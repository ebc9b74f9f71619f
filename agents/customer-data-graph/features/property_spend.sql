-- Gross spend per customer and distinct properties of a purchase line; the properties are JSON that is read outside SQL.
SELECT
  customer_no,
  properties,
  SUM(amount_minor) AS gross_minor
FROM events
WHERE type = 'purchase' AND day_no <= $as_of_day
GROUP BY customer_no, properties
ORDER BY customer_no, properties
