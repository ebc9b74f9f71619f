-- Day buckets of customers up to the as-of day, by number; in no order, because what is made of them does not depend on one.
SELECT
  i.customer_no,
  b.day_no,
  p.place_no,
  t.type_no,
  b.events,
  b.gross_minor
FROM day_buckets b
JOIN identities i ON i.owner = b.owner
JOIN places p ON p.location = b.location AND p.channel = b.channel AND p.brand = b.brand
JOIN types t ON t.type = b.type
WHERE b.day_no <= $as_of_day
