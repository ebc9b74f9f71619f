-- The signal types that the log has up to the as-of day.
SELECT type
FROM day_names
WHERE first_day <= $as_of_day
GROUP BY type
ORDER BY type
