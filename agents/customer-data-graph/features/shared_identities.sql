-- Phones and cards that customers carry, since when: what members of a household share.
SELECT
  i.customer_no,
  s.phone_hash,
  s.loyalty_id,
  MIN(s.day_no) AS day_no
FROM signals s
JOIN identities i ON i.owner = s.owner
WHERE s.day_no <= $as_of_day AND (s.phone_hash <> '' OR s.loyalty_id <> '')
GROUP BY i.customer_no, s.phone_hash, s.loyalty_id
ORDER BY i.customer_no, s.phone_hash, s.loyalty_id
