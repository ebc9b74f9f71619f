-- Phones and cards with the customers that carry them, since when.
SELECT
  customer_no,
  shared,
  MIN(day_no) AS day_no
FROM (
  SELECT i.customer_no, 'phone:' || s.phone_hash AS shared, s.day_no
  FROM signals s
  JOIN identities i ON i.owner = s.owner
  WHERE s.phone_hash <> '' AND s.day_no <= $as_of_day
  UNION ALL
  SELECT i.customer_no, 'loyalty:' || s.loyalty_id AS shared, s.day_no
  FROM signals s
  JOIN identities i ON i.owner = s.owner
  WHERE s.loyalty_id <> '' AND s.day_no <= $as_of_day
) carried
GROUP BY customer_no, shared
