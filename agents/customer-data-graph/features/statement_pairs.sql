-- Links and unlinks of identities; the pair is JSON that is read outside SQL.
SELECT owner, day_no, properties
FROM signals
WHERE type IN ('identity-link', 'identity-unlink')
ORDER BY ts_ms, id
