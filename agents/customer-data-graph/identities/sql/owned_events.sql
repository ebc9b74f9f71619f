-- Every signal of some owners, oldest first.
SELECT s.id, s.type, s.ts_ms, s.owner, s.location, s.channel, s.brand, s.order_id, s.sku, s.amount_minor, s.properties
FROM signals s
JOIN owned o ON o.owner = s.owner
WHERE s.ts_ms <= $until_ms
ORDER BY s.ts_ms, s.id
