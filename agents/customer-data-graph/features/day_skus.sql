-- Articles that signals name, and since when.
SELECT
  sku,
  MIN(day_no) AS first_day
FROM signals
WHERE sku <> ''
GROUP BY sku
