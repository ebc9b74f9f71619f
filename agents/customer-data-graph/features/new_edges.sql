-- Pairs of identities about which something new is known: in new segments, or because the day has come.
SELECT owner, other
FROM identity_edges
WHERE first_day <= $as_of_day AND last_day > $since_day
UNION
SELECT owner, other
FROM new_identity_edges
WHERE first_day <= $as_of_day
ORDER BY owner, other
