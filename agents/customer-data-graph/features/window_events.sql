-- Every signal of behaviour up to the as-of day, by number.
SELECT
  i.customer_no,
  s.day_no,
  s.ts_ms,
  t.type_no,
  COALESCE(k.sku_no, -1) AS sku_no,
  COALESCE(o.order_no, -1) AS order_no,
  s.amount_minor
FROM signals s
JOIN identities i ON i.owner = s.owner
JOIN types t ON t.type = s.type
LEFT JOIN sku_numbers k ON k.sku = s.sku
LEFT JOIN order_numbers o ON o.customer_no = i.customer_no AND o.order_id = s.order_id
WHERE s.day_no <= $as_of_day AND s.type NOT IN ('identity-link', 'identity-unlink')
ORDER BY i.customer_no, s.ts_ms, s.id
