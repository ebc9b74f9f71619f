-- Where and how signals came, and since when: the names that other queries number.
SELECT
  location,
  channel,
  brand,
  type,
  MIN(day_no) AS first_day
FROM signals
WHERE type NOT IN ('identity-link', 'identity-unlink')
GROUP BY location, channel, brand, type
