-- What customers and the merchant declared up to a day, oldest first: consent, preferences, milestones, loyalty.
SELECT
  i.customer_no,
  s.type,
  s.day_no,
  s.channel,
  s.properties
FROM signals s
JOIN identities i ON i.owner = s.owner
WHERE s.type IN ('consent-event', 'preference-change', 'milestone-event', 'loyalty-action') AND s.day_no <= $as_of_day
ORDER BY s.ts_ms, s.id
