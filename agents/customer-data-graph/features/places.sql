-- The location, channel and brand of every signal up to the as-of day.
SELECT location, channel, brand
FROM day_names
WHERE first_day <= $as_of_day
GROUP BY location, channel, brand
ORDER BY location, channel, brand
