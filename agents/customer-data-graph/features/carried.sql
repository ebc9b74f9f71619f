-- Distinct combinations of identities that events carry together.
SELECT user_id, loyalty_id, email_hash
FROM signals
WHERE day_no <= $end_day
GROUP BY user_id, loyalty_id, email_hash
ORDER BY user_id, loyalty_id, email_hash
