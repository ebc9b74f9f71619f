-- Articles of each customer by the last day on which they were bought.
SELECT
  customer_no,
  last_day,
  COUNT(*) AS things
FROM (
  SELECT
    i.customer_no,
    MAX(b.day_no) AS last_day
  FROM day_items b
  JOIN identities i ON i.owner = b.owner
  WHERE b.day_no <= $as_of_day AND b.sku <> ''
  GROUP BY i.customer_no, b.sku
) articles
GROUP BY customer_no, last_day
