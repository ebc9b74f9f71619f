-- Customers who bought on or before the as-of day, with the day of their first purchase.
SELECT
  customer_no,
  MIN(day_no) AS first_day
FROM purchase_cells
GROUP BY customer_no
HAVING MIN(day_no) <= $as_of_day
