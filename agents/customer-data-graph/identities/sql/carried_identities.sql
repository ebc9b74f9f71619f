-- Distinct combinations of identities that events carry together, since when, until when and how often.
SELECT
  user_id,
  loyalty_id,
  email_hash,
  phone_hash,
  anonymous_id,
  MIN(ts_ms) AS first_ms,
  MAX(ts_ms) AS last_ms,
  COUNT(*) AS events
FROM signals
WHERE day_no <= $end_day
GROUP BY user_id, loyalty_id, email_hash, phone_hash, anonymous_id
