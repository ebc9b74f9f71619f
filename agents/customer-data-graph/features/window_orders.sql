-- Orders of each customer by the last day on which they have a purchase; the purchases of a day without an order id are one order.
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
  WHERE b.day_no <= $as_of_day
  GROUP BY i.customer_no, b.order_id, CASE WHEN b.order_id = '' THEN b.day_no ELSE 0 END
) orders
GROUP BY customer_no, last_day
