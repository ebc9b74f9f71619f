-- Every article that a signal names up to the as-of day.
SELECT sku
FROM signals
WHERE sku <> '' AND day_no <= $as_of_day
GROUP BY sku
ORDER BY sku
