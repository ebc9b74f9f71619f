-- What an identity did per day, place and type: all that windows of days are made of. Buckets of several segments simply add up. What
-- somebody says about identities is no behaviour of theirs.
SELECT
  owner,
  location,
  channel,
  brand,
  type,
  day_no,
  COUNT(*) AS events,
  CAST(SUM(amount_minor) AS BIGINT) AS gross_minor,
  CAST(SUM(CASE WHEN type = 'purchase' THEN amount_minor WHEN type = 'return' THEN -amount_minor ELSE 0 END) AS BIGINT) AS net_minor,
  MIN(ts_ms) AS first_ms,
  MAX(ts_ms) AS last_ms
FROM signals
WHERE type NOT IN ('identity-link', 'identity-unlink')
GROUP BY owner, location, channel, brand, type, day_no
