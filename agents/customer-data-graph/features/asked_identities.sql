-- Every identity of the customers that are asked for by any of theirs.
SELECT i.owner, i.customer_no
FROM identities i
WHERE i.customer_no IN (
  SELECT j.customer_no
  FROM identities j
  JOIN asked a ON a.identity = j.owner
)
ORDER BY i.owner
