-- The first purchase line of each customer: what they came for, and what brought them.
SELECT customer_no, sku, properties
FROM (
  SELECT
    customer_no,
    sku,
    properties,
    ROW_NUMBER() OVER (PARTITION BY customer_no ORDER BY ts_ms, id) AS place
  FROM events
  WHERE type = 'purchase' AND day_no <= $as_of_day
) lines
WHERE place = 1
ORDER BY customer_no
