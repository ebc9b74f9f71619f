-- The identities of statements by number.
SELECT k.owner, k.identity_no
FROM stated_identities s
JOIN identity_numbers k ON k.kind_no = s.kind_no AND k.identity = s.identity
ORDER BY k.identity_no
