-- Phones and cards that more than one customer carries: what members of a household share.
SELECT c.shared, c.customer_no, c.day_no
FROM carriers c
JOIN (
  SELECT shared
  FROM carriers
  GROUP BY shared
  HAVING COUNT(*) > 1
) s ON s.shared = c.shared
ORDER BY c.shared, c.customer_no
