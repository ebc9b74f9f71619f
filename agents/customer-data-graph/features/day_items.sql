-- Which orders and articles an identity bought per day: what cannot be added up over days, only counted once.
SELECT
  owner,
  day_no,
  order_id,
  sku,
  COUNT(*) AS events
FROM signals
WHERE type = 'purchase'
GROUP BY owner, day_no, order_id, sku
