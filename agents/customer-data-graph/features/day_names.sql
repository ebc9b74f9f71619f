-- Where and how signals came, and since when: the names that other queries number.
SELECT
  location,
  channel,
  brand,
  type,
  MIN(day_no) AS first_day
FROM signals
GROUP BY location, channel, brand, type
ORDER BY location, channel, brand, type
