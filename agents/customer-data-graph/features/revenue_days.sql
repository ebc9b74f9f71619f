-- What was sold, given back and done in the loyalty programme per day, of everybody who is in the log, as the signals say it: a return
-- counts on the day of the return. For tie-outs, which have to reach every amount and not only those that features are made of.
SELECT
  day_no,
  type,
  COUNT(*) AS signals,
  CAST(SUM(amount_minor) AS BIGINT) AS amount_minor
FROM signals
WHERE type IN ('purchase', 'return', 'loyalty-action') AND day_no <= $as_of_day
GROUP BY day_no, type
ORDER BY day_no, type
