-- The signal types that the log has up to the as-of day.
SELECT type
FROM day_buckets
WHERE day_no <= $as_of_day
GROUP BY type
ORDER BY type
