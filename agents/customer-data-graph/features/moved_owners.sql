-- Identities with a signal on a day that one of the six windows takes in or leaves behind between two as-of days.
SELECT owner
FROM day_buckets
WHERE
  (day_no > $since_day AND day_no <= $as_of_day)
  OR (day_no > $since_day - 1 AND day_no <= $as_of_day - 1)
  OR (day_no > $since_day - 7 AND day_no <= $as_of_day - 7)
  OR (day_no > $since_day - 28 AND day_no <= $as_of_day - 28)
  OR (day_no > $since_day - 90 AND day_no <= $as_of_day - 90)
  OR (day_no > $since_day - 365 AND day_no <= $as_of_day - 365)
GROUP BY owner
ORDER BY owner
