-- Purchases and returns with their customer. An event belongs to its user id, else its loyalty id, else its e-mail hash.
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
JOIN identities i
  ON i.kind = CASE WHEN s.user_id <> '' THEN 'user' WHEN s.loyalty_id <> '' THEN 'loyalty' ELSE 'email' END
  AND i.identity = CASE WHEN s.user_id <> '' THEN s.user_id WHEN s.loyalty_id <> '' THEN s.loyalty_id ELSE s.email_hash END
WHERE s.type IN ('purchase', 'return') AND s.day_no <= $end_day
