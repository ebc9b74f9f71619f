-- Every article that a signal names up to the as-of day.
SELECT sku
FROM day_skus
WHERE first_day <= $as_of_day
GROUP BY sku
ORDER BY sku
