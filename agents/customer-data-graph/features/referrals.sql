-- Referrals up to the as-of day; whom they name is JSON that is read outside SQL.
SELECT i.customer_no, s.day_no, s.properties
FROM signals s
JOIN identities i ON i.owner = s.owner
WHERE s.type = 'referral' AND s.day_no <= $as_of_day
ORDER BY i.customer_no, s.ts_ms, s.id
