-- How many signals some owners have of each type, since when and until when.
SELECT s.type, COUNT(*) AS signals, MIN(s.ts_ms) AS first_ms, MAX(s.ts_ms) AS last_ms
FROM signals s
JOIN owned o ON o.owner = s.owner
WHERE s.ts_ms <= $until_ms
GROUP BY s.type
ORDER BY s.type
