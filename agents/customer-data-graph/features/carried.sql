-- Distinct combinations of identities that events carry together.
SELECT user_id, loyalty_id, email_hash, phone_hash, anonymous_id
FROM signals
WHERE day_no <= $end_day
GROUP BY user_id, loyalty_id, email_hash, phone_hash, anonymous_id
ORDER BY user_id, loyalty_id, email_hash, phone_hash, anonymous_id
