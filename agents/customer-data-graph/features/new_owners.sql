-- Identities with a signal up to the as-of day in segments that were not there before, whenever it happened.
SELECT owner
FROM new_day_buckets
WHERE day_no <= $as_of_day
GROUP BY owner
ORDER BY owner
