-- Identities one edge away from those of the frontier.
SELECT e.other AS identity
FROM identity_edges e
JOIN frontier f ON f.identity = e.owner
UNION
SELECT e.owner AS identity
FROM identity_edges e
JOIN frontier f ON f.identity = e.other
ORDER BY identity
