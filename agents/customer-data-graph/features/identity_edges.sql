-- Identities that events carry beside their owner, from the first day to the last: the neighbourhood in which a change of one can
-- change the customer of another. What identity-links say comes on top, because it is JSON that is read outside SQL. The witness
-- is who the signal belongs to.
SELECT
  owner,
  other,
  witness,
  MIN(day_no) AS first_day,
  MAX(day_no) AS last_day
FROM (
  SELECT owner, 'loyalty:' || loyalty_id AS other, owner AS witness, day_no FROM signals WHERE loyalty_id <> ''
  UNION ALL
  SELECT owner, 'email:' || email_hash AS other, owner AS witness, day_no FROM signals WHERE email_hash <> ''
  UNION ALL
  SELECT owner, 'phone:' || phone_hash AS other, owner AS witness, day_no FROM signals WHERE phone_hash <> ''
  UNION ALL
  SELECT owner, 'anonymous:' || anonymous_id AS other, owner AS witness, day_no FROM signals WHERE anonymous_id <> ''
  UNION ALL
  SELECT left_identity AS owner, right_identity AS other, witness, day_no FROM stated_pairs
) carried
WHERE owner <> other
GROUP BY owner, other, witness
