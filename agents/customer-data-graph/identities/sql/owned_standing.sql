-- What was declared by or about some owners, oldest first.
SELECT s.id, s.type, s.ts_ms, s.channel, s.properties
FROM signals s
JOIN owned o ON o.owner = s.owner
WHERE s.type IN ('consent-event', 'preference-change', 'milestone-event', 'loyalty-action') AND s.ts_ms <= $until_ms
ORDER BY s.ts_ms, s.id
