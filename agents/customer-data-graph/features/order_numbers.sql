-- A number for every order of a customer, by customer and order id.
SELECT
  customer_no,
  order_id,
  ROW_NUMBER() OVER (ORDER BY customer_no, order_id) - 1 AS order_no
FROM (
  SELECT i.customer_no, s.order_id
  FROM signals s
  JOIN identities i ON i.owner = s.owner
  WHERE s.order_id <> '' AND s.day_no <= $as_of_day
  GROUP BY i.customer_no, s.order_id
) orders
