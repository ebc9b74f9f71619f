-- Hashed identities that are placeholders.
SELECT k.identity_no
FROM identity_numbers k
JOIN blocked_identities b ON b.identity = k.identity
WHERE k.kind_no IN (2, 3)
ORDER BY k.identity_no
