-- Who declared what by the number of its wording, the oldest of each customer first.
SELECT i.customer_no, s.day_no, d.text_no
FROM signals s
JOIN identities i ON i.owner = s.owner
JOIN declared_texts d ON d.type = s.type AND d.channel = s.channel AND d.properties = s.properties
WHERE s.type IN ('preference-change', 'milestone-event', 'loyalty-action') AND s.day_no <= $as_of_day
ORDER BY i.customer_no, s.ts_ms, s.id
