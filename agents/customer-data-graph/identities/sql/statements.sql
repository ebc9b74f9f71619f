-- Links and unlinks of identities, oldest first.
SELECT id, type, ts_ms, properties
FROM signals
WHERE type IN ('identity-link', 'identity-unlink') AND day_no <= $end_day
ORDER BY ts_ms, id
