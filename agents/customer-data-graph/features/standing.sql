-- What customers and the merchant declared up to a day, oldest first: consent, preferences, milestones, loyalty.
SELECT
  i.customer_no,
  s.type,
  s.properties
FROM signals s
JOIN identities i
  ON i.kind = CASE WHEN s.user_id <> '' THEN 'user' WHEN s.loyalty_id <> '' THEN 'loyalty' ELSE 'email' END
  AND i.identity = CASE WHEN s.user_id <> '' THEN s.user_id WHEN s.loyalty_id <> '' THEN s.loyalty_id ELSE s.email_hash END
WHERE s.type IN ('consent-event', 'preference-change', 'milestone-event', 'loyalty-action') AND s.day_no <= $as_of_day
ORDER BY s.ts_ms, s.id
