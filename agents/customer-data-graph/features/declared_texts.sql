-- What is declared up to the as-of day, each wording once and with a number, however many customers declare it.
SELECT
  type,
  channel,
  properties,
  ROW_NUMBER() OVER (ORDER BY type, channel, properties) - 1 AS text_no
FROM (
  SELECT type, channel, properties
  FROM signals
  WHERE type IN ('preference-change', 'milestone-event', 'loyalty-action') AND day_no <= $as_of_day
  GROUP BY type, channel, properties
) wordings
