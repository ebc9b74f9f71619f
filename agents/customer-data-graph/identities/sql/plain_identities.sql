-- Identities that are not hashes: those that may have the look of a placeholder.
SELECT identity, identity_no
FROM identity_numbers
WHERE kind_no IN (0, 1, 4)
ORDER BY identity_no
