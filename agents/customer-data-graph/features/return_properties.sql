-- Properties of returns, for the day of purchase that some of them state.
SELECT id, properties
FROM signals
WHERE type = 'return' AND day_no <= $end_day
ORDER BY id
