-- Purchases and returns with their customer. An event belongs to the first identity that it has.
SELECT
  i.customer_no,
  s.id,
  s.type,
  s.ts_ms,
  s.day_no,
  s.location,
  s.channel,
  s.brand,
  s.order_id,
  s.amount_minor,
  s.sku,
  s.properties
FROM signals s
JOIN identities i ON i.owner = s.owner
WHERE s.type IN ('purchase', 'return') AND s.day_no <= $end_day
