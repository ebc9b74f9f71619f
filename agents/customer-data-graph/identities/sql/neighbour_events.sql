-- Combinations of identities with one of the frontier in them, day by day.
SELECT user_id, loyalty_id, email_hash, phone_hash, anonymous_id, MIN(ts_ms) AS first_ms, MAX(ts_ms) AS last_ms, COUNT(*) AS events
FROM signals
WHERE ts_ms <= $until_ms AND (
  (user_id <> '' AND user_id IN (SELECT identity FROM frontier WHERE kind = 'user'))
  OR (loyalty_id <> '' AND loyalty_id IN (SELECT identity FROM frontier WHERE kind = 'loyalty'))
  OR (email_hash <> '' AND email_hash IN (SELECT identity FROM frontier WHERE kind = 'email'))
  OR (phone_hash <> '' AND phone_hash IN (SELECT identity FROM frontier WHERE kind = 'phone'))
  OR (anonymous_id <> '' AND anonymous_id IN (SELECT identity FROM frontier WHERE kind = 'anonymous'))
)
GROUP BY user_id, loyalty_id, email_hash, phone_hash, anonymous_id, day_no
ORDER BY first_ms, user_id, loyalty_id, email_hash, phone_hash, anonymous_id
