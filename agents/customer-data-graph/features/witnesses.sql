-- Who said something about identities of the neighbourhood.
SELECT e.witness
FROM identity_edges e
JOIN neighbourhood n ON n.identity = e.owner
GROUP BY e.witness
ORDER BY e.witness
