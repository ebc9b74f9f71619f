-- Names and addresses that were declared, by the identity that they belong to, oldest first.
SELECT k.identity_no, s.channel, s.properties
FROM signals s
JOIN identity_numbers k ON k.owner = s.owner
WHERE s.type = 'preference-change' AND s.day_no <= $end_day
ORDER BY s.ts_ms, s.id
